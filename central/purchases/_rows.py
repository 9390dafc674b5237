"""Receipts in the database: read by id, written by the batch."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tillgate.central.ledger import parse_uuid
from tillgate.central.sql import Sql
from tillgate.core.errors import BadRequest
from tillgate.sync.v1 import sync_service_pb2 as sync

from ._facts import PurchaseFacts, customer_hint, hold_id_of

__all__ = [
    "KnownReceipt",
    "Lost",
    "cancel_receipts",
    "load_lost",
    "load_receipts",
    "load_stores",
    "settle_lost",
    "uuids",
    "write_receipts",
]


@dataclass(slots=True)
class KnownReceipt:
    """A receipt that was read, or one of this batch: then `facts` and `seq` are set."""

    purchase: str
    store: int
    gateway: int
    customer: str
    programme: str
    earned_points: int
    redeemed_points: int
    turnover_minor: int
    hold_id: str
    document: bytes
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    facts: PurchaseFacts | None = None
    seq: int = 0

    @classmethod
    def fresh(cls, facts: PurchaseFacts, store: int, gateway: int, seq: int) -> "KnownReceipt":
        """The receipt of a purchase that was just committed."""
        return cls(
            purchase=facts.purchase,
            store=store,
            gateway=gateway,
            customer=facts.customer,
            programme=facts.programme,
            earned_points=facts.earned_points,
            redeemed_points=facts.redeemed_points,
            turnover_minor=facts.turnover_minor,
            hold_id=facts.hold_id,
            document=facts.document,
            facts=facts,
            seq=seq,
        )


def load_receipts(sql: Sql, purchases: Sequence[str]) -> dict[str, KnownReceipt]:
    """The receipts of these purchases as far as they exist; ids that are none are left out."""
    found = sql.query(
        "SELECT purchase_id, store_id, gateway_id, customer_id, programme, earned_points, redeemed_points,"
        " total_minor - tender_minor, hold_id, document, cancelled_at, cancel_reason"
        " FROM purchases_receipt WHERE purchase_id = ANY(%s::uuid[])",
        (uuids(purchases),),
    )
    receipts = [
        KnownReceipt(
            sql.hex(row[0]),
            row[1],
            row[2],
            sql.hex(row[3]),
            row[4],
            row[5],
            row[6],
            row[7],
            row[8],
            bytes(row[9]),
            sql.moment(row[10]),
            row[11],
        )
        for row in found
    ]
    return {receipt.purchase: receipt for receipt in receipts}


@dataclass(frozen=True, slots=True)
class Lost:
    """What a purchase in quarantine named: a customer and a hold, each empty if none or not a good one."""

    customer: str
    hold_id: str

    @classmethod
    def of(cls, event: sync.Event) -> "Lost":
        """Read off the event that could not be applied."""
        try:
            hold_id = hold_id_of(event.purchase_committed.hold_id)
        except BadRequest:
            hold_id = ""
        return cls(customer_hint(event), hold_id)


def load_lost(sql: Sql, gateway: int, purchases: Collection[str]) -> dict[str, Lost]:
    """The gateway's purchases in quarantine, by the purchase's id as it was written."""
    names = [purchase for purchase in purchases if "\0" not in purchase]
    if not names:
        return {}
    found = sql.query(
        "SELECT purchase_id, event FROM purchases_quarantine"
        " WHERE gateway_id = %s AND purchase_id = ANY(%s::text[]) ORDER BY id",
        (gateway, names),
    )
    events = ((purchase, sync.Event.FromString(bytes(event))) for purchase, event in found)
    return {purchase: Lost.of(event) for purchase, event in events if event.HasField("purchase_committed")}


def settle_lost(sql: Sql, gateway: int, purchases: Collection[str], now: datetime) -> None:
    """Close what is in quarantine of purchases that the gateway itself has cancelled."""
    if purchases:
        sql.run(
            "UPDATE purchases_quarantine SET resolved_at = %s, note = %s"
            " WHERE gateway_id = %s AND purchase_id = ANY(%s::text[]) AND resolved_at IS NULL",
            (sql.time(now), "Cancelled at the till.", gateway, list(purchases)),
        )


def load_stores(sql: Sql, organisation: int, names: Collection[str]) -> dict[str, int]:
    """Primary keys of those of these stores that are the organisation's."""
    good = [name for name in names if name and "\0" not in name]
    if not good:
        return {}
    question = "SELECT store_id, id FROM stores_store WHERE organisation_id = %s AND store_id = ANY(%s::text[])"
    return dict(sql.query(question, (organisation, good)))


def write_receipts(
    sql: Sql,
    receipts: Sequence[KnownReceipt],
    organisation: int,
    epoch: int,
    now: datetime,
) -> None:
    """Add receipts with their lines, discounts and uses of rules by customers."""
    rows, lines, discounts, rules = [], [], [], []
    for receipt in receipts:
        facts = receipt.facts
        if facts is None:
            continue
        purchase = sql.uuid(facts.purchase)
        rows.append(
            (
                purchase,
                organisation,
                receipt.store,
                receipt.gateway,
                epoch,
                receipt.seq,
                facts.lane,
                sql.uuid(facts.customer),
                facts.currency,
                facts.list_minor,
                facts.discount_minor,
                facts.redeemed_points,
                facts.redeemed_minor,
                facts.tender_minor,
                facts.total_minor,
                facts.earned_points,
                facts.points_digits,
                facts.programme,
                facts.programme_revision,
                facts.offline,
                facts.hold_id,
                sql.time(facts.committed_at),
                facts.utc_offset_minutes,
                sql.time(now),
                sql.time(receipt.cancelled_at),
                receipt.cancel_reason,
                *facts.fiscal,
                facts.document,
            )
        )
        lines += [(purchase, *line) for line in facts.lines]
        discounts += [(purchase, *discount) for discount in facts.discounts]
        if facts.customer:
            rules += [(purchase, sql.uuid(facts.customer), rule, facts.day.isoformat()) for rule in facts.rules]
    sql.insert("purchases_receipt", RECEIPT_COLUMNS, rows)
    sql.insert("purchases_receiptline", LINE_COLUMNS, lines)
    sql.insert("purchases_receiptdiscount", ("receipt_id", "position", "rule_id", "amount_minor"), discounts)
    sql.insert("purchases_receiptrule", ("receipt_id", "customer_id", "rule_id", "day"), rules)


def cancel_receipts(sql: Sql, receipts: Sequence[KnownReceipt]) -> None:
    """Note on older receipts that they were cancelled."""
    sql.update(
        "purchases_receipt",
        {"purchase_id": "uuid", "cancelled_at": "timestamptz", "cancel_reason": "text"},
        [(sql.uuid(one.purchase), sql.time(one.cancelled_at), one.cancel_reason) for one in receipts],
    )


RECEIPT_COLUMNS = (
    "purchase_id",
    "organisation_id",
    "store_id",
    "gateway_id",
    "epoch",
    "seq",
    "lane_id",
    "customer_id",
    "currency",
    "list_minor",
    "discount_minor",
    "redeemed_points",
    "redeemed_minor",
    "tender_minor",
    "total_minor",
    "earned_points",
    "points_digits",
    "programme",
    "programme_revision",
    "offline",
    "hold_id",
    "committed_at",
    "utc_offset_minutes",
    "received_at",
    "cancelled_at",
    "cancel_reason",
    "fiscal_drive",
    "fiscal_document",
    "fiscal_sign",
    "document",
)
LINE_COLUMNS = (
    "receipt_id",
    "position",
    "line_id",
    "sku",
    "quantity_milli",
    "unit_price_minor",
    "list_minor",
    "redeemed_minor",
    "net_minor",
    "points_earned",
    "brand",
    "categories",
)


def uuids(texts: Iterable[str]) -> list[str]:
    """Those that are UUIDs, as 32 hexadecimal digits."""
    found = []
    for text in texts:
        try:
            found.append(parse_uuid(text, ""))
        except BadRequest:
            continue
    return found
