"""Plain SQL on Django's connections, one way of saying it for SQLite and PostgreSQL.

The tills' traffic goes through here, not through the ORM: sets of rows instead of one row at a time. SQL is written
for PostgreSQL, and a list may be a parameter: `id = ANY(%s::bigint[])`. For SQLite that becomes a JSON array, and
`FOR UPDATE` and `FOR KEY SHARE` go, for there one writer works at a time.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

__all__ = ["PostgresSql", "Row", "Sql", "SqliteSql", "open_sql", "wrap"]

Row = tuple[Any, ...]


class Sql(Protocol):
    """What the hot path needs of a database. Not for several threads: one for each connection."""

    vendor: str

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Rows of one SELECT or RETURNING."""

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement; how many rows it changed."""

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add many rows."""

    def update(self, table: str, columns: dict[str, str], rows: Sequence[Row]) -> None:
        """Change many rows by key: `columns` maps names to PostgreSQL types, the first is the key."""

    def ids(self, table: str, count: int) -> range | list[int]:
        """Fresh primary keys, rising. Inside a transaction."""

    def uuid(self, value: str) -> Any:
        """A UUID as the engine keeps it, from its 32 hexadecimal digits; NULL from none."""

    def hex(self, value: Any) -> str:
        """The 32 hexadecimal digits of a UUID that came from the engine; empty for NULL."""

    def time(self, value: datetime | None) -> Any:
        """A moment as the engine keeps it."""

    def moment(self, value: Any) -> datetime | None:
        """An aware moment that came from the engine."""

    def day(self, time: str, offset_minutes: str) -> str:
        """An expression: the calendar day of a moment in a column, by the offset from UTC in another one."""

    @contextmanager
    def write(self) -> Iterator[None]:
        """A transaction that writes. Commits at the end, rolls back on any error."""
        yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A transaction that reads one state of the database, whoever writes meanwhile."""
        yield


def open_sql(connection: BaseDatabaseWrapper) -> Sql:
    """The connection of this thread, opened again if it broke. Not inside an ORM transaction."""
    # Not close_if_unusable_or_obsolete(): it opens a file anew for every call where CONN_MAX_AGE is 0.
    if connection.errors_occurred and not connection.is_usable():
        connection.close()
    connection.errors_occurred = False
    return wrap(connection)


def wrap(connection: BaseDatabaseWrapper) -> Sql:
    """The connection of this thread as it is, also inside `atomic()`."""
    connection.ensure_connection()
    return PostgresSql(connection) if connection.vendor == "postgresql" else SqliteSql(connection)


class SqliteSql:
    """One file, one writer at a time."""

    vendor = "sqlite"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._django = connection
        self._raw: Any = connection.connection

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._django.wrap_database_errors:
            return list(self._raw.execute(_for_sqlite(sql), [_as_json(value) for value in parameters]))

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        with self._django.wrap_database_errors:
            return int(self._raw.execute(_for_sqlite(sql), [_as_json(value) for value in parameters]).rowcount)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        if rows:
            with self._django.wrap_database_errors:
                self._raw.executemany(_insert(table, tuple(columns)), rows)

    def update(self, table: str, columns: dict[str, str], rows: Sequence[Row]) -> None:
        if rows:
            key, *others = columns
            changes = ", ".join(f"{name} = ?{number}" for number, name in enumerate(others, start=2))
            with self._django.wrap_database_errors:
                self._raw.executemany(f"UPDATE {table} SET {changes} WHERE {key} = ?1", rows)  # noqa: S608

    def ids(self, table: str, count: int) -> range | list[int]:
        # The write lock is held, so nobody else takes them; AUTOINCREMENT follows the greatest id inserted.
        found = self.query("SELECT seq FROM sqlite_sequence WHERE name = %s", (table,))
        last = found[0][0] if found else 0
        return range(last + 1, last + 1 + count)

    def uuid(self, value: str) -> Any:
        return value or None

    def hex(self, value: Any) -> str:
        return value or ""

    def time(self, value: datetime | None) -> Any:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") if value is not None else None

    def moment(self, value: Any) -> datetime | None:
        # Columns that Django declared come parsed, expressions as text.
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
        return parsed.replace(tzinfo=UTC) if parsed is not None else None

    def day(self, time: str, offset_minutes: str) -> str:
        return f"date({time}, {offset_minutes} || ' minutes')"

    def in_transaction(self) -> bool:
        return bool(self._raw.in_transaction)

    @contextmanager
    def write(self) -> Iterator[None]:
        with _transaction(self, "BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with _transaction(self, "BEGIN"):
            yield


class PostgresSql:
    """A server: rows are locked one by one, many rows go in by COPY."""

    vendor = "postgresql"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._django = connection
        self._raw: Any = connection.connection

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._django.wrap_database_errors:
            return list(self._raw.execute(sql, parameters or None).fetchall())

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        with self._django.wrap_database_errors:
            return int(self._raw.execute(sql, parameters or None).rowcount)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        if not rows:
            return
        names = ", ".join(columns)
        with (
            self._django.wrap_database_errors,
            self._raw.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def update(self, table: str, columns: dict[str, str], rows: Sequence[Row]) -> None:
        if not rows:
            return
        key, *others = columns
        changes = ", ".join(f"{name} = v.{name}" for name in others)
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        statement = (
            f"UPDATE {table} t SET {changes} FROM unnest({arrays}) AS v({', '.join(columns)}) WHERE t.{key} = v.{key}"  # noqa: S608
        )
        self.run(statement, [list(values) for values in zip(*rows, strict=True)])

    def ids(self, table: str, count: int) -> range | list[int]:
        found = self.query(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", (table, count)
        )
        return [row[0] for row in found]

    def uuid(self, value: str) -> Any:
        # The server reads the digits itself; a UUID object would cost as much as the rest of a row.
        return value or None

    def hex(self, value: Any) -> str:
        return value.hex if value is not None else ""

    def time(self, value: datetime | None) -> Any:
        return value

    def moment(self, value: datetime | None) -> datetime | None:
        return value

    def day(self, time: str, offset_minutes: str) -> str:
        return f"({time} AT TIME ZONE 'UTC' + {offset_minutes} * INTERVAL '1 minute')::date"

    def in_transaction(self) -> bool:
        return not self._raw.closed and self._raw.info.transaction_status != TransactionStatus.IDLE

    @contextmanager
    def write(self) -> Iterator[None]:
        with _transaction(self, "BEGIN"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with _transaction(self, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield


@contextmanager
def _transaction(sql: SqliteSql | PostgresSql, begin: str) -> Iterator[None]:
    sql.run(begin)
    try:
        yield
        sql.run("COMMIT")
    except BaseException:
        # A failure may have ended the transaction, or the connection, by itself.
        if sql.in_transaction():
            sql.run("ROLLBACK")
        raise


@lru_cache(maxsize=256)
def _for_sqlite(sql: str) -> str:
    sql = re.sub(r"= ANY\(%s::\w+\[\]\)", "IN (SELECT value FROM json_each(%s))", sql)
    return sql.replace(" FOR UPDATE", "").replace(" FOR KEY SHARE", "").replace("%s", "?")


def _as_json(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


@lru_cache(maxsize=64)
def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
