"""What an event says, checked: what a database column or a rule would refuse is refused here, with its path."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec
from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.central.ledger import POINTS_MAX, parse_uuid
from tillgate.central.sql import Row
from tillgate.core.errors import BadRequest
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.type.v1 import purchase_pb2

__all__ = [
    "CancelFacts",
    "LotFacts",
    "PurchaseFacts",
    "cancel_facts",
    "customer_hint",
    "hold_id_of",
    "purchase_facts",
    "rules_that_gave",
]

MONEY_MAX = 10**15
LINES_MAX = 500
LOTS_MAX = 100
ID_MOST = 64
#: What a basket may name its lines, goods and rules by.
NAME_MOST = 200
#: A till's clock may be wrong: a time outside of this cannot be, and the time of receipt is nearer to the truth.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FIRST_DAY, LAST_DAY = EARLIEST.date(), date(9000, 1, 1)
AHEAD_MOST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LotFacts:
    """Points with their first and last day in the store's zone; None is always."""

    points: int
    active_from: date | None
    expires: date | None


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """A committed purchase. Ids are 32 hexadecimal digits; `customer` is empty for an unknown guest."""

    purchase: str
    store: str
    lane: str
    customer: str
    hold_id: str
    currency: str
    list_minor: int
    discount_minor: int
    redeemed_points: int
    redeemed_minor: int
    tender_minor: int
    total_minor: int
    earned_points: int
    points_digits: int
    programme: str
    programme_revision: int
    offline: bool
    committed_at: datetime
    utc_offset_minutes: int
    fiscal: tuple[str, str, str]
    #: Values of the rows below the receipt, without the receipt's id.
    lines: tuple[Row, ...]
    discounts: tuple[Row, ...]
    #: Earned points by the days on which they may be used, if the till said more than how many they are.
    lots: tuple[LotFacts, ...]
    #: Rules that gave something, each once.
    rules: tuple[str, ...]
    document: bytes

    @property
    def day(self) -> date:
        """The day of the purchase where it was made."""
        return (self.committed_at + timedelta(minutes=self.utc_offset_minutes)).date()

    @property
    def turnover_minor(self) -> int:
        """What the guest paid in money; a gift certificate was paid for earlier."""
        return self.total_minor - self.tender_minor


@dataclass(frozen=True, slots=True)
class CancelFacts:
    """A cancelled purchase."""

    purchase: str
    reason: str
    cancelled_at: datetime


def purchase_facts(event: sync.Event, received: datetime) -> PurchaseFacts:
    """Check a PurchaseCommitted. Raises BadRequest with the field's path.

    The answer for an unknown guest may name earned points: they go to nobody. A time that cannot be is taken to be
    `received`; what the till wrote stays in the document.
    """
    body = event.purchase_committed
    purchase, path = body.purchase, "$.purchase"
    answer, points = purchase.answer, purchase.answer.points
    facts = PurchaseFacts(
        purchase=parse_uuid(purchase.purchase_id, f"{path}.purchase_id"),
        store=_text(purchase.store_id, f"{path}.store_id"),
        lane=_text(purchase.lane_id, f"{path}.lane_id"),
        customer=parse_uuid(purchase.customer_id, f"{path}.customer_id") if purchase.customer_id else "",
        hold_id=hold_id_of(body.hold_id),
        currency=_text(purchase.basket.currency, f"{path}.basket.currency", 3),
        list_minor=_amount(answer.list_minor, f"{path}.answer.list_minor"),
        discount_minor=_amount(answer.discount_minor, f"{path}.answer.discount_minor"),
        redeemed_points=_amount(answer.redeemed_points, f"{path}.answer.redeemed_points", POINTS_MAX),
        redeemed_minor=_amount(answer.redeemed_minor, f"{path}.answer.redeemed_minor"),
        tender_minor=_amount(answer.tender_minor, f"{path}.answer.tender_minor"),
        total_minor=_amount(answer.total_minor, f"{path}.answer.total_minor"),
        earned_points=_amount(points.earned if purchase.customer_id else 0, f"{path}.answer.points.earned", POINTS_MAX),
        points_digits=_amount(points.digits, f"{path}.answer.points.digits", 9),
        programme=_text(purchase.programme_id, f"{path}.programme_id"),
        programme_revision=_amount(purchase.programme_revision, f"{path}.programme_revision", 2**62),
        offline=purchase.offline,
        committed_at=_moment(purchase.committed_time, received),
        utc_offset_minutes=_within(purchase.utc_offset_minutes, -1_440, 1_440, f"{path}.utc_offset_minutes"),
        fiscal=_fiscal(purchase, f"{path}.fiscal_sign"),
        lines=_lines(purchase),
        discounts=_discounts(purchase),
        lots=_lots(purchase) if purchase.customer_id else (),
        rules=_rules(purchase),
        document=purchase.SerializeToString(),
    )
    if not facts.customer and facts.redeemed_points:
        raise BadRequest("points of an unknown guest", path=f"{path}.customer_id")
    if facts.redeemed_points and not facts.hold_id:
        raise BadRequest("points were redeemed without a hold", path="$.hold_id")
    return facts


def cancel_facts(event: sync.Event, received: datetime) -> CancelFacts:
    """Check a PurchaseCancelled. Raises BadRequest with the field's path. Its time is treated as a purchase's."""
    body = event.purchase_cancelled
    return CancelFacts(
        purchase=parse_uuid(body.purchase_id, "$.purchase_id"),
        reason=_text(body.reason[:200], "$.reason", 200),
        cancelled_at=_moment(body.cancelled_time, received),
    )


def customer_hint(event: sync.Event) -> str:
    """Whom a purchase names, or nobody; also of one that will be refused."""
    try:
        return parse_uuid(event.purchase_committed.purchase.customer_id, "")
    except BadRequest:
        return ""


def hold_id_of(text: str) -> str:
    """A hold's id, checked."""
    return _text(text, "$.hold_id")


def _lines(purchase: purchase_pb2.Purchase) -> tuple[Row, ...]:
    sold, priced = purchase.basket.lines, purchase.answer.lines
    if len(sold) != len(priced) or len(sold) > LINES_MAX:
        raise BadRequest(f"{len(sold)} lines sold, {len(priced)} priced", path="$.purchase.answer.lines")
    rows: list[Row] = []
    for position, (line, answer) in enumerate(zip(sold, priced, strict=True), start=1):
        row = (
            position,
            line.id,
            line.sku,
            line.quantity_milli,
            line.unit_price_minor,
            answer.list_minor,
            answer.redeemed_minor,
            answer.net_minor,
            answer.points_earned if purchase.customer_id else 0,
            line.brand[:NAME_MOST],
            _json(line.categories),
        )
        # One look at all, for nearly every line is good: this is the most of what ingest computes.
        amounts = row[3:9]
        if min(amounts) < 0 or max(amounts) > MONEY_MAX:
            raise BadRequest(f"an amount is not 0 to {MONEY_MAX}", path=f"$.purchase.basket.lines[{position - 1}]")
        if len(line.id) > NAME_MOST or len(line.sku) > NAME_MOST or "\0" in f"{line.id}{line.sku}{row[9]}":
            raise BadRequest("a name is too long, or a NUL is in it", path=f"$.purchase.basket.lines[{position - 1}]")
        rows.append(row)
    return tuple(rows)


def _json(texts: Sequence[str]) -> str:
    if not texts:
        return "[]"
    encoded = msgspec.json.encode(list(texts)).decode()
    # PostgreSQL's jsonb keeps no NUL either.
    if "\\u0000" in encoded:
        raise BadRequest("a NUL in it", path="$.purchase.basket.lines.categories")
    return encoded


def _discounts(purchase: purchase_pb2.Purchase) -> tuple[Row, ...]:
    rows: list[Row] = []
    for position, line in enumerate(purchase.answer.lines, start=1):
        for one in line.discounts:
            if len(one.rule_id) > NAME_MOST or "\0" in one.rule_id or not 0 <= one.amount_minor <= MONEY_MAX:
                raise BadRequest("no such discount", path=f"$.purchase.answer.lines[{position - 1}].discounts")
            rows.append((position, one.rule_id, one.amount_minor))
    return tuple(rows)


def _lots(purchase: purchase_pb2.Purchase) -> tuple[LotFacts, ...]:
    points, path = purchase.answer.points, "$.purchase.answer.points.lots"
    if len(points.lots) > LOTS_MAX:
        raise BadRequest(f"{len(points.lots)} lots", path=path)
    lots = []
    for place, lot in enumerate(points.lots):
        at = f"{path}[{place}]"
        found = LotFacts(
            _within(lot.points, 1, POINTS_MAX, f"{at}.points"),
            _day(lot.active_from, f"{at}.active_from"),
            _day(lot.expires, f"{at}.expires"),
        )
        lots.append(found)
    if lots and sum(lot.points for lot in lots) != points.earned:
        raise BadRequest("lots do not add up to what was earned", path=path)
    return tuple(lots)


def rules_that_gave(purchase: purchase_pb2.Purchase) -> set[str]:
    """Rules that took money off, earned points or gave a reward."""
    answer = purchase.answer
    gave = {one.rule_id for one in answer.applied if one.amount_minor or one.points}
    return gave | {one.rule_id for one in answer.rewards}


def _rules(purchase: purchase_pb2.Purchase) -> tuple[str, ...]:
    path = "$.purchase.answer.applied"
    return tuple(sorted(_text(rule, path, NAME_MOST) for rule in rules_that_gave(purchase)))


def _day(text: str, path: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"{text[:20]!r} is not a day such as 2026-11-21", path=path) from error
    if found.isoformat() != text or not FIRST_DAY <= found <= LAST_DAY:
        raise BadRequest(f"{text} cannot be", path=path)
    return found


def _fiscal(purchase: purchase_pb2.Purchase, path: str) -> tuple[str, str, str]:
    sign = purchase.fiscal_sign
    return _text(sign.drive_number, path), _text(sign.document_number, path), _text(sign.sign, path)


def _text(value: str, path: str, most: int = ID_MOST) -> str:
    # PostgreSQL keeps no NUL in text.
    if len(value) > most or "\0" in value:
        raise BadRequest(f"longer than {most} characters, or a NUL in it", path=path)
    return value


def _amount(value: int, path: str, most: int = MONEY_MAX) -> int:
    return value if 0 <= value <= most else _within(value, 0, most, path)


def _within(value: int, least: int, most: int, path: str) -> int:
    if not least <= value <= most:
        raise BadRequest(f"{value} is not {least} to {most}", path=path)
    return value


def _moment(value: Timestamp, received: datetime) -> datetime:
    try:
        moment = value.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        return received
    return moment if EARLIEST <= moment <= received + AHEAD_MOST else received
