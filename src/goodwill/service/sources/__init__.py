"""The sources that a firm has connected: kept, heard by pulling, by webhook or as a stream, and looked after.

    places     a row of `Source` → the Place that its kind hears: settings checked, secrets unsealed, a gate of its own
    keeping    what was heard → raw batches and the new cursor, in one transaction
    pulling    the jobs that pull what is due;  streams: those that are heard all the time;  webhooks: those that send
    connect    what people do: add, check, change, pause, resume, replay, delete

What is heard of a source may never stop the others: each has its own back-off, its own threads, and its own reason.
"""
