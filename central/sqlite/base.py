"""Django's own backend, imported over pysqlite3.

SQLite before 3.51.3 can lose a committed transaction in WAL mode when one connection resets the log while another
checkpoints (https://sqlite.org/wal.html, "the WAL-reset bug"); the sqlite3 module of a distribution is that old. The
wheel of pysqlite3 bundles a SQLite of its own with the same DB-API.
"""

import sqlite3 as _standard
import sqlite3.dbapi2 as _standard_dbapi2
import sys

import pysqlite3
from django.core.exceptions import ImproperlyConfigured

__all__ = ["SQLITE_LEAST", "DatabaseWrapper"]

SQLITE_LEAST = (3, 51, 3)

# Only while Django's backend is imported: whoever else uses sqlite3 in this process keeps the standard one.
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
try:
    from django.db.backends.sqlite3.base import DatabaseWrapper
finally:
    sys.modules["sqlite3"] = _standard
    sys.modules["sqlite3.dbapi2"] = _standard_dbapi2

if DatabaseWrapper.Database is not pysqlite3.dbapi2:  # type: ignore[attr-defined]  # Not in the stubs.
    raise ImproperlyConfigured("django.db.backends.sqlite3 was imported before tillgate.central.sqlite")
if pysqlite3.sqlite_version_info < SQLITE_LEAST:
    raise ImproperlyConfigured(f"SQLite {pysqlite3.sqlite_version} has the WAL-reset bug; install pysqlite3>=0.6.1")
