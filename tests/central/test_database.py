"""What the databases promise before a row is written."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from tillgate.central.sqlite.base import SQLITE_LEAST


def setting(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        (value,) = cursor.fetchone()
    return value


@pytest.mark.usefixtures("sqlite_home")
def test_sqlite_has_no_wal_reset_bug() -> None:
    version = str(setting("SELECT sqlite_version()"))
    assert tuple(int(part) for part in version.split(".")) >= SQLITE_LEAST


@pytest.mark.usefixtures("sqlite_home")
def test_sqlite_is_durable_and_waits() -> None:
    assert setting("PRAGMA journal_mode") == "wal"
    assert setting("PRAGMA synchronous") == 2
    assert setting("PRAGMA busy_timeout") == 20_000


@pytest.mark.usefixtures("sqlite_home")
def test_a_sqlite_transaction_takes_the_write_lock_at_once() -> None:
    second = connection.copy()
    second.settings_dict["OPTIONS"] = {**second.settings_dict["OPTIONS"], "timeout": 0, "init_command": ""}
    second.connect()
    with transaction.atomic(), second.cursor() as cursor, pytest.raises(OperationalError, match="locked"):
        cursor.execute("BEGIN IMMEDIATE")
    second.close()


@pytest.mark.usefixtures("postgres_home")
def test_postgresql_is_15_or_newer() -> None:
    assert int(setting("SHOW server_version_num")) >= 150_000


@pytest.mark.usefixtures("central_home")
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
