"""Mail: fetched, taken apart, told from what machines write, and read as messages."""
