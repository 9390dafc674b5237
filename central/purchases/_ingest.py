"""Batches of events become receipts and points: one transaction for a batch, each event once.

An event that cannot be applied goes to quarantine with its reason, and the next ones follow. Whatever becomes of an
event, the customer it names is noted as changed: a till keeps its own figures until a newer state comes.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError

from tillgate.central.sql import Sql
from tillgate.core.errors import EpochUnknown, GatewayUnknown, TillgateError
from tillgate.sync.v1 import sync_service_pb2 as sync

from ._batch import Batch
from ._facts import customer_hint

__all__ = ["Outcome", "Source", "apply_batch"]

log = logging.getLogger(__name__)

DETAIL_MOST = 500


@dataclass(frozen=True, slots=True)
class Source:
    """Whose events they are: primary keys, and the store's id on the wire."""

    gateway: int
    organisation: int
    store: int
    store_id: str


@dataclass(slots=True)
class Outcome:
    """What became of a batch. All up to `high_water` is durable; `expected` is set where events are missing."""

    high_water: int
    expected: int | None = None
    quarantined: list[tuple[int, str]] = field(default_factory=list)


def apply_batch(sql: Sql, source: Source, epoch: int, events: Sequence[sync.Event], now: datetime) -> Outcome:
    """Apply events in order, those already applied left out.

    Raises GatewayUnknown, EpochUnknown, and the database's OperationalError, after which the same batch may be sent
    again.
    """
    try:
        with sql.write():
            return _apply(sql, source, epoch, events, now)
    except (OperationalError, InterfaceError, EpochUnknown, GatewayUnknown):
        raise
    except Exception as error:  # noqa: BLE001  One event must not block a store; which one is found below.
        log.warning("a batch of gateway %s failed as a whole (%s), going on one by one", source.gateway, error)
    outcome = Outcome(high_water=0)
    for event in events:
        one = _apply_alone(sql, source, epoch, event, now)
        outcome.high_water, outcome.expected = one.high_water, one.expected
        outcome.quarantined += one.quarantined
        if one.expected is not None:
            break
    return outcome


def _apply_alone(sql: Sql, source: Source, epoch: int, event: sync.Event, now: datetime) -> Outcome:
    try:
        with sql.write():
            return _apply(sql, source, epoch, [event], now)
    except (OperationalError, InterfaceError, EpochUnknown, GatewayUnknown):
        raise
    except Exception as error:
        log.exception("event %s of gateway %s goes to quarantine", event.seq, source.gateway)
        with sql.write():
            return _apply(sql, source, epoch, [event], now, poison=TillgateError(f"{type(error).__name__}: {error}"))


def _apply(
    sql: Sql,
    source: Source,
    epoch: int,
    events: Sequence[sync.Event],
    now: datetime,
    poison: TillgateError | None = None,
) -> Outcome:
    high_water = lock_gateway(sql, source.gateway, epoch)
    fresh, expected = _in_order(events, epoch, high_water)
    outcome = Outcome(high_water=high_water + len(fresh), expected=expected)
    if not fresh:
        return outcome
    batch = Batch(sql, source.gateway, source.organisation, source.store, source.store_id, epoch, now)
    if poison is None:
        batch.load(fresh)
    else:
        # Whatever the event speaks of may be what broke: only the customer, who has to hear of it.
        batch.load([], [customer_hint(event) for event in fresh])
    for event in fresh:
        try:
            if poison is not None:
                raise poison
            batch.apply(event)
        except TillgateError as error:
            batch.quarantine(event, error.reason, str(error)[:DETAIL_MOST])
            outcome.quarantined.append((event.seq, error.reason))
    batch.save()
    sql.run(
        "UPDATE fleet_gateway SET high_water = %s, last_seen_at = %s WHERE id = %s",
        (outcome.high_water, sql.time(now), source.gateway),
    )
    return outcome


def lock_gateway(sql: Sql, gateway: int, epoch: int) -> int:
    """Make this the only transaction that applies this gateway's events; its high-water mark."""
    found = sql.query("SELECT epoch, high_water, revoked FROM fleet_gateway WHERE id = %s FOR UPDATE", (gateway,))
    if not found or found[0][2]:
        raise GatewayUnknown("the gateway was revoked")
    if found[0][0] != epoch:
        raise EpochUnknown(f"the gateway's epoch is {found[0][0]}, not {epoch}")
    return int(found[0][1])


def _in_order(events: Sequence[sync.Event], epoch: int, high_water: int) -> tuple[list[sync.Event], int | None]:
    """The events that come next, without a gap; what was expected where one is."""
    fresh: list[sync.Event] = []
    for event in events:
        expected = high_water + len(fresh) + 1
        if event.epoch != epoch:
            raise EpochUnknown(f"an event of epoch {event.epoch} in a stream of epoch {epoch}")
        if event.seq > expected:
            return fresh, expected
        if event.seq == expected:
            fresh.append(event)
    return fresh, None
