"""Tables of other databases and folders, row by row."""
