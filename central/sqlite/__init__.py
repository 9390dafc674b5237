"""Django's SQLite backend on a SQLite that is newer than the machine's."""
