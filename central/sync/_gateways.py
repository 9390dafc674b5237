"""Who a gateway is, and what it is told when it comes."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tillgate.central.purchases import Source
from tillgate.central.sql import Sql
from tillgate.core.errors import BadRequest, EpochUnknown, GatewayUnknown
from tillgate.sync.v1 import sync_service_pb2 as sync

__all__ = [
    "Heard",
    "Known",
    "authenticate",
    "check_epoch",
    "keep_epoch",
    "note_heard",
    "note_hello",
    "read_welcome",
]


NEEDS_EPOCH = "needs a new epoch, which an administrator gives"
JOURNAL_ID_MOST = 64


@dataclass(frozen=True, slots=True)
class Known:
    """A gateway that has shown its token."""

    source: Source
    gateway_id: str
    epoch: int
    high_water: int
    journal_id: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A living stream, to be shown to the administrator. `queue_rows` is what is known to wait at the gateway."""

    gateway: int
    queue_rows: int
    customers_cursor: int


def authenticate(sql: Sql, gateway_id: str, token: str) -> Known:
    """The gateway of this id, if the token is its own. Raises GatewayUnknown, whatever is wrong."""
    found = (
        sql.query(
            "SELECT g.id, g.token_hash, g.revoked, g.epoch, g.high_water, g.journal_id, s.id, s.store_id,"
            " s.organisation_id"
            " FROM fleet_gateway g JOIN stores_store s ON s.id = g.store_id WHERE g.gateway_id = %s",
            (gateway_id,),
        )
        if "\0" not in gateway_id
        else []
    )
    expected = found[0][1] if found else ""
    if not hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), expected) or found[0][2]:
        raise GatewayUnknown("unknown gateway, wrong token, or revoked")
    gateway, _, _, epoch, high_water, journal_id, store, store_id, organisation = found[0]
    return Known(Source(gateway, organisation, store, store_id), gateway_id, epoch, high_water, journal_id)


def check_epoch(known: Known, hello: sync.Hello) -> None:
    """Refuse a gateway that is not the one this epoch was given to.

    An older epoch is welcome while the new one, which Welcome tells, has no events; after that the journal is an old
    copy. A newer epoch was never given. Another journal, or one that ends before what is durable here, was replaced or
    restored: what it sends next would be taken for a repetition. One that was told of more than is durable here
    remembers what this database, restored from a copy, has forgotten.
    """
    if hello.epoch > known.epoch or (hello.epoch < known.epoch and known.high_water):
        raise EpochUnknown(f"the gateway's epoch is {known.epoch}, not {hello.epoch}")
    if known.journal_id and hello.journal_id != known.journal_id:
        raise EpochUnknown(f"epoch {known.epoch} is of another journal: the gateway's was replaced, it {NEEDS_EPOCH}")
    if hello.epoch < known.epoch:
        return
    if hello.last_seq < known.high_water:
        raise EpochUnknown(
            f"the gateway's journal ends at {hello.last_seq}, but {known.high_water} are durable here: it was replaced"
            f" or restored and {NEEDS_EPOCH}"
        )
    acknowledged = hello.first_unacked - 1 if hello.first_unacked else hello.last_seq
    if acknowledged > known.high_water:
        raise EpochUnknown(
            f"the gateway was told that {acknowledged} are durable, but {known.high_water} are: the database here was"
            f" restored, and the gateway {NEEDS_EPOCH}"
        )


def read_welcome(sql: Sql, known: Known, credit: int, now: datetime) -> sync.Welcome:
    """All that a gateway has to know before it starts."""
    store_id, name, time_zone, currency, key = sql.query(
        "SELECT s.store_id, s.name, s.time_zone, s.currency, o.identifier_key FROM stores_store s"
        " JOIN stores_organisation o ON o.id = s.organisation_id WHERE s.id = %s",
        (known.source.store,),
    )[0]
    welcome = sync.Welcome(epoch=known.epoch, high_water=known.high_water, credit=credit, identifier_key=bytes(key))
    welcome.server_time.FromDatetime(now)
    welcome.store.CopyFrom(sync.Store(store_id=store_id, name=name, time_zone=time_zone, currency=currency))
    for kind, name_ru, name_en, pattern in sql.query(
        "SELECT kind, name_ru, name_en, pattern FROM customers_cardkind WHERE organisation_id = %s ORDER BY kind",
        (known.source.organisation,),
    ):
        welcome.card_kinds.add(kind=kind, name_ru=name_ru, name_en=name_en, pattern=pattern)
    return welcome


def keep_epoch(sql: Sql, gateway: int, epoch: int) -> None:
    """Keep the gateway in this epoch until the transaction ends; beside a batch of its own it waits.

    Comes before customers are locked, as in a batch: the row that names the gateway would ask for it later anyway.
    Raises GatewayUnknown, EpochUnknown.
    """
    found = sql.query("SELECT epoch, revoked FROM fleet_gateway WHERE id = %s FOR KEY SHARE", (gateway,))
    if not found or found[0][1]:
        raise GatewayUnknown("the gateway was revoked")
    if found[0][0] != epoch:
        raise EpochUnknown(f"the gateway's epoch is {found[0][0]}, not {epoch}")


def note_hello(sql: Sql, known: Known, hello: sync.Hello, now: datetime) -> None:
    """Write down what the gateway said of itself, and bind the epoch to its journal.

    Raises EpochUnknown if another journal was first, or the epoch has changed since.
    """
    journal_id = hello.journal_id.replace("\0", "")
    if len(journal_id) > JOURNAL_ID_MOST or journal_id != hello.journal_id:
        raise BadRequest(f"longer than {JOURNAL_ID_MOST} characters, or a NUL in it", path="$.hello.journal_id")
    if journal_id and not sql.run(
        "UPDATE fleet_gateway SET journal_id = %s WHERE id = %s AND epoch = %s AND journal_id IN ('', %s)",
        (journal_id, known.source.gateway, known.epoch, journal_id),
    ):
        raise EpochUnknown(f"epoch {known.epoch} was given to another journal meanwhile")
    waiting = max(0, hello.last_seq - known.high_water) if hello.epoch == known.epoch else 0
    sql.run(
        "UPDATE fleet_gateway SET version = %s, customers_cursor = %s, queue_rows = %s, last_seen_at = %s"
        " WHERE id = %s",
        (
            hello.version.replace("\0", "")[:64],
            min(hello.customers_cursor, 2**62),
            min(waiting, 2**62),
            sql.time(now),
            known.source.gateway,
        ),
    )


def note_heard(sql: Sql, heard: Sequence[Heard], now: datetime) -> None:
    """Write down that streams are alive."""
    sql.update(
        "fleet_gateway",
        {"id": "bigint", "queue_rows": "bigint", "customers_cursor": "bigint", "last_seen_at": "timestamptz"},
        sorted((one.gateway, one.queue_rows, one.customers_cursor, sql.time(now)) for one in heard),
    )
