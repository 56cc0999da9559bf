"""The way in: bytes are checked once, kept as one raw batch, and moved by the drainer into the tables of facts.

    accept        bytes from outside → a batch that waits; refused with a status, a row and a field where they are wrong
    store_rows    the same for rows that goodwill itself makes: what a person did, a file, a pulled source
    replace_rows  rows that take the place of facts that are held
    remove        keys of facts that are to go, with all that was made of them
    drain         waiting batches → facts, each exactly once, in the order in which they were kept
    Drainer       drains for ever, and tells `live` what is new
    lake_follows  says that facts were changed or deleted where they stand, so that the lake follows
    replay        sends what could not be read in again;  put_aside: settles it

What a sender can mend is refused at the door, the whole batch with it, so that nothing is half there. What only the
drainer can find (no rate for a currency, an id that is here already with other content) goes to the list of what could
not be read; the rest of the batch is kept.
"""

from goodwill.service.intake.accept import Accepted, accept, backlog, lasting, store_rows
from goodwill.service.intake.changes import lake_follows
from goodwill.service.intake.drain import Drained, drain, drain_batch
from goodwill.service.intake.drainer import Drainer, forget
from goodwill.service.intake.edits import remove, replace_rows
from goodwill.service.intake.refused import Refused
from goodwill.service.intake.unread import put_aside, replay

__all__ = [
    "Accepted",
    "Drained",
    "Drainer",
    "Refused",
    "accept",
    "backlog",
    "drain",
    "drain_batch",
    "forget",
    "lake_follows",
    "lasting",
    "put_aside",
    "remove",
    "replace_rows",
    "replay",
    "store_rows",
]
