"""What an administrator decides about an event in quarantine: apply it after all, or never."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tillgate.central.sql import Sql, wrap
from tillgate.core.errors import TillgateError
from tillgate.sync.v1 import sync_service_pb2 as sync

from ._batch import Batch
from ._rows import Lost

__all__ = ["apply_again", "give_up"]


def apply_again(connection: BaseDatabaseWrapper, number: int, now: datetime) -> bool:
    """Apply an event as if it came now; whether it was still open. Raises TillgateError, and nothing has changed then.

    `number` is the row's primary key.
    """
    return _decide(connection, number, now, lambda batch, event: batch.apply(event), "Applied again.")


def give_up(connection: BaseDatabaseWrapper, number: int, now: datetime) -> bool:
    """Never apply it, and return what a purchase held; whether it was still open. Raises TillgateError."""

    def release(batch: Batch, event: sync.Event) -> None:
        batch.release_lost(Lost.of(event), now)

    return _decide(connection, number, now, release, "Not applied.")


def _decide(
    connection: BaseDatabaseWrapper,
    number: int,
    now: datetime,
    deed: Callable[[Batch, sync.Event], None],
    note: str,
) -> bool:
    try:
        with transaction.atomic(using=connection.alias):
            sql = wrap(connection)
            batch = _lock(sql, number, now)
            found = sql.query(
                "SELECT epoch, event, note FROM purchases_quarantine WHERE id = %s AND resolved_at IS NULL", (number,)
            )
            if not found:
                return False
            batch.epoch, event = found[0][0], sync.Event.FromString(bytes(found[0][1]))
            batch.load([event])
            deed(batch, event)
            batch.save()
            sql.run(
                "UPDATE purchases_quarantine SET resolved_at = %s, note = %s WHERE id = %s",
                (sql.time(now), f"{found[0][2]} {note}".strip()[:300], number),
            )
    except TillgateError:
        raise
    except Exception as error:
        raise TillgateError(f"{type(error).__name__}: {error}") from error
    return True


def _lock(sql: Sql, number: int, now: datetime) -> Batch:
    """The event's gateway, locked as for a batch of its own."""
    gateway, store = sql.query(
        "SELECT id, store_id FROM fleet_gateway"
        " WHERE id = (SELECT gateway_id FROM purchases_quarantine WHERE id = %s) FOR UPDATE",
        (number,),
    )[0]
    store_id, organisation = sql.query("SELECT store_id, organisation_id FROM stores_store WHERE id = %s", (store,))[0]
    return Batch(sql, gateway, organisation, store, store_id, 0, now)
