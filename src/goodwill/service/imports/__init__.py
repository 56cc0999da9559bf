"""Files into the service: read, sent in parts, stored by the drainer, and undone as a whole where somebody says so.

    begin      a file (or a folder, or an archive) → an `Import`, nothing read yet
    read       reads and checks it, lays its rows down by table, lists what could not be read
    send       sends the rows on, a part at a time: each part once, whatever is killed in between
    finish     whether all is stored; then it is done
    work       all of these until it is done, in this process: the command line
    progress   how far it is
    rejects_as_csv   what could not be read
    undo       everything that it brought goes, with what was made of it; what was there before comes back

The jobs of the page are in `job`. Rows go as `intake`'s batches in columns, marked as `bulk`: whatever comes by itself
is stored before them.
"""

from goodwill.service.imports.begin import begin, of_id
from goodwill.service.imports.reading import read
from goodwill.service.imports.rejects import rejects_as_csv
from goodwill.service.imports.sending import finish, send, work
from goodwill.service.imports.state import Progress, progress
from goodwill.service.imports.undoing import Undone, undo

__all__ = [
    "Progress",
    "Undone",
    "begin",
    "finish",
    "of_id",
    "progress",
    "read",
    "rejects_as_csv",
    "send",
    "undo",
    "work",
]
