"""Listen: files to facts.

>>> from goodwill import listen
>>> sorted(listen.__all__)
['Preview', 'preview', 'read_columns', 'read_folder']
"""

from goodwill.listen.folder import read_folder
from goodwill.listen.preview import Preview, preview
from goodwill.listen.raw import read_columns

__all__ = ["Preview", "preview", "read_columns", "read_folder"]
