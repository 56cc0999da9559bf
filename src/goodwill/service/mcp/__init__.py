"""goodwill for agent programs, by the Model Context Protocol: the reads as tools, and proposals that wait for a person.

identity.py   who asks, and what their token lets them do
veil.py       what leaves: personal data masked, text from outside marked untrusted, ids without names in them
reads.py      tools that read
proposals.py  tools that propose; nothing is sent, said or changed before a person accepts it
server.py     the server, on standard input and output
"""
