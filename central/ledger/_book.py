"""The movements of points, in memory: read by `load`, checked and posted here, written by `save`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from tillgate.central.sql import Sql
from tillgate.core.errors import BadRequest, HoldClosed, PointsInsufficient, RequestIdReused

from ._state import HoldRecord, LotRecord, NewLot, Use
from ._store import BookRows, Posted, load_rows, save_rows

__all__ = ["Book"]

#: No movement is greater, so that sums stay far inside 64 bits.
POINTS_MAX = 10**15


class Book:
    """A unit of work on the ledger, inside the caller's transaction and under the customers' locks.

    Every method checks first and changes afterwards: one that raises has changed nothing. Customers are given by the
    32 hexadecimal digits of their id, points in 10^-digits.
    """

    def __init__(self, sql: Sql, organisation: int, now: datetime) -> None:
        self._sql = sql
        self._rows = BookRows(organisation=organisation, now=now)

    def load(self, customers: Collection[str], holds: Collection[str] = (), refunds: Collection[str] = ()) -> None:
        """Read what the coming movements need. `refunds` are keys of EARN transactions that may be taken back.

        The customers must exist and be locked, those of the holds among them (see `hold_customers`).
        """
        load_rows(self._sql, self._rows, customers, holds, refunds)

    def available(self, customer: str) -> int:
        """The customer's balance as it stands now, the posted movements included."""
        return self._rows.customers[customer].balances["available"]

    def spendable(self, customer: str, at: datetime) -> int:
        """What of it could be spent at that moment."""
        return self._rows.customers[customer].spendable(at)

    def changed(self) -> list[str]:
        """Customers whose points moved."""
        return [customer for customer, points in self._rows.customers.items() if points.changed]

    def hold_of(self, hold_id: str) -> HoldRecord | None:
        """The hold as it stands now."""
        return self._rows.holds.get(hold_id)

    def save(self) -> None:
        """Write all that was posted."""
        save_rows(self._sql, self._rows)

    def earn(self, key: str, customer: str, programme: str, lots: Sequence[NewLot], at: datetime) -> None:
        """Give points in lots. What the customer owes is filled first, from the lots that are active first."""
        for lot in lots:
            _check_points(lot.points)
        _check_points(sum(lot.points for lot in lots))
        self._give("EARN", key, customer, (programme, "issued"), lots, at)

    def hold(self, hold_id: str, gateway: int, customer: str, points: int, at: datetime) -> int:
        """Set points aside; what is available then. The same hold again changes nothing.

        Raises HoldClosed after its use or release, RequestIdReused when it was for something else,
        PointsInsufficient.
        """
        _check_points(points)
        found = self._rows.holds.get(hold_id)
        if found is not None:
            _check_same(found, gateway, customer, points)
            return self.available(customer)
        owner = self._rows.customers[customer]
        if owner.spendable(at) < points:
            raise PointsInsufficient(f"{points} asked, {owner.spendable(at)} may be spent")
        transaction = self._post("HOLD", f"HOLD:{hold_id}", customer, at, [("available", -points), ("held", points)])
        hold = HoldRecord(hold_id, gateway, customer, points, "held", transaction, self._rows.now, new=True)
        hold.taken = self._take(transaction, points, owner.lots, at)
        self._rows.holds[hold_id] = hold
        return self.available(customer)

    def release(self, hold_id: str, gateway: int, at: datetime) -> None:
        """Give a hold's points back. Of a hold that never came a tombstone stays, which refuses it."""
        hold = self._rows.holds.get(hold_id)
        if hold is None:
            now = self._rows.now
            self._rows.holds[hold_id] = HoldRecord(hold_id, gateway, "", 0, "released", 0, now, closed_at=now, new=True)
            return
        if hold.gateway != gateway:
            raise BadRequest("the hold is another gateway's")
        if hold.state == "held":
            self._unhold(hold, hold.points, at)
            self._close(hold, "released")

    def redeem(
        self, key: str, hold_id: str, gateway: int, customer: str, programme: str, points: int, at: datetime
    ) -> None:
        """Spend a hold; what it holds more than `points` returns. Raises HoldClosed, PointsInsufficient."""
        _check_points(points)
        hold = self._rows.holds.get(hold_id)
        if hold is None or hold.customer != customer or hold.gateway != gateway:
            raise BadRequest("no such hold of this gateway and customer")
        if hold.state != "held":
            raise HoldClosed(f"the hold is {hold.state}")
        if hold.points < points:
            raise PointsInsufficient(f"{points} redeemed, {hold.points} held")
        self._post("REDEEM", key, customer, at, [("held", -points), ((programme, "redeemed"), points)])
        if hold.points > points:
            self._unhold(hold, hold.points - points, at)
        self._close(hold, "used")

    def refund_earn(self, key: str, customer: str, programme: str, points: int, earned: str, at: datetime) -> None:
        """Take earned points back: from their own lots, those not active yet first, then from the others; what is
        missing is owed.

        `earned` is the key of the EARN transaction.
        """
        _check_points(points)
        owner = self._rows.customers[customer]
        taken = min(points, owner.balances["available"])
        entries: list[tuple[str | tuple[str, str], int]] = [((programme, "issued"), points)]
        entries += [("available", -taken)] if taken else []
        entries += [("debt", taken - points)] if taken < points else []
        transaction = self._post("REFUND_EARN", key, customer, at, entries)
        source = self._rows.transactions.get(earned)
        own = [lot for lot in owner.lots if lot.transaction == source]
        waiting = [lot for lot in own if lot.activates_at is not None and lot.activates_at > at]
        for lots in (waiting, own, owner.lots):
            part = min(taken, sum(lot.remaining for lot in lots))
            self._take(transaction, part, lots, None)
            taken -= part

    def refund_redeem(self, key: str, customer: str, programme: str, points: int, hold_id: str, at: datetime) -> None:
        """Give redeemed points back to the lots they came from."""
        _check_points(points)
        hold = self._rows.holds.get(hold_id)
        if hold is None or hold.customer != customer:
            raise BadRequest("no such hold of this customer")
        self._give_back("REFUND_REDEEM", key, hold, (programme, "redeemed"), points, at)

    def adjust(
        self,
        key: str,
        customer: str,
        programme: str,
        points: int,
        at: datetime,
        *,
        expires_at: datetime | None = None,
        note: str = "",
    ) -> None:
        """Give (positive) or take (negative) points by an administrator's decision. Raises PointsInsufficient."""
        _check_points(abs(points))
        if points > 0:
            self._give("ADJUST", key, customer, (programme, "adjusted"), [NewLot(points, None, expires_at)], at, note)
            return
        owner = self._rows.customers[customer]
        if owner.balances["available"] < -points:
            raise PointsInsufficient(f"{-points} to take, {owner.balances['available']} available")
        entries: list[tuple[str | tuple[str, str], int]] = [("available", points), ((programme, "adjusted"), -points)]
        transaction = self._post("ADJUST", key, customer, at, entries, note)
        self._take(transaction, -points, owner.lots, None)

    def _give(
        self,
        movement: str,
        key: str,
        customer: str,
        source: tuple[str, str],
        lots: Sequence[NewLot],
        at: datetime,
        note: str = "",
    ) -> None:
        owner = self._rows.customers[customer]
        points = sum(lot.points for lot in lots)
        owed = min(points, -owner.balances["debt"])
        entries: list[tuple[str | tuple[str, str], int]] = [(source, -points)]
        entries += [("debt", owed)] if owed else []
        entries += [("available", points - owed)] if owed < points else []
        transaction = self._post(movement, key, customer, at, entries, note)
        for new in sorted(lots, key=lambda lot: lot.activates_at or at):
            filled = min(owed, new.points)
            owed -= filled
            if rest := new.points - filled:
                lot = LotRecord(0, transaction, rest, rest, new.activates_at, new.expires_at)
                owner.lots.append(lot)
                self._rows.new_lots.append((owner.customer, lot))

    def _unhold(self, hold: HoldRecord, points: int, at: datetime) -> None:
        self._give_back("UNHOLD", f"UNHOLD:{hold.hold_id}", hold, "held", points, at)

    def _give_back(
        self, movement: str, key: str, hold: HoldRecord, source: str | tuple[str, str], points: int, at: datetime
    ) -> None:
        """Return a hold's points to their lots, those that last longest first; what the customer owes stays."""
        owner = self._rows.customers[hold.customer]
        owed = min(points, -owner.balances["debt"])
        entries: list[tuple[str | tuple[str, str], int]] = [(source, -points)]
        entries += [("debt", owed)] if owed else []
        entries += [("available", points - owed)] if owed < points else []
        transaction = self._post(movement, key, hold.customer, at, entries)
        left = points - owed
        for lot in sorted(hold.taken, key=_lasting, reverse=True):
            returned = min(left, hold.taken[lot])
            hold.taken[lot] -= returned
            self._use(lot, transaction, returned)
            left -= returned
        if left:
            raise AssertionError("a hold took less from its lots than it gives back")

    def _take(
        self, transaction: int, points: int, lots: Iterable[LotRecord], at: datetime | None
    ) -> dict[LotRecord, int]:
        """Use lots, nearest expiry first, dated before perpetual; only spendable ones when a moment is given."""
        taken: dict[LotRecord, int] = {}
        left = points
        for lot in sorted(lots, key=_lasting) if points else ():
            if lot.remaining and (at is None or lot.spendable(at)):
                taken[lot] = min(left, lot.remaining)
                self._use(lot, transaction, -taken[lot])
                left -= taken[lot]
            if left == 0:
                break
        if left:
            raise AssertionError("the lots hold less than the balance")
        return taken

    def _use(self, lot: LotRecord, transaction: int, points: int) -> None:
        if points:
            lot.remaining += points
            lot.changed = True
            self._rows.new_uses.append(Use(lot, transaction, points))

    def _close(self, hold: HoldRecord, state: str) -> None:
        hold.state, hold.closed_at, hold.changed = state, self._rows.now, True

    def _post(
        self,
        movement: str,
        key: str,
        customer: str,
        at: datetime,
        entries: list[tuple[str | tuple[str, str], int]],
        note: str = "",
    ) -> int:
        """Post a transaction; its number here, below zero until it is written."""
        if sum(points for _, points in entries) != 0:
            raise AssertionError(f"{key} does not sum to zero")
        if key in self._rows.transactions:
            raise RequestIdReused(f"{key} is in the ledger already")
        owner = self._rows.customers[customer]
        for account, points in entries:
            if isinstance(account, str):
                owner.balances[account] += points
        owner.changed = True
        self._rows.posted.append(Posted(key, movement, customer, at, note, tuple(entries)))
        number = -len(self._rows.posted)
        self._rows.transactions[key] = number
        return number


_FOREVER = datetime.max.replace(tzinfo=UTC)


def _lasting(lot: LotRecord) -> tuple[datetime, int, int]:
    """Order of spending: nearest expiry first, perpetual last, then as they came (new lots have no id yet)."""
    return (lot.expires_at or _FOREVER, 0 if lot.id else 1, lot.id or -lot.transaction)


def _check_points(points: int) -> None:
    if not 0 < points <= POINTS_MAX:
        raise BadRequest(f"points must be 1 to {POINTS_MAX}", path="$.points")


def _check_same(hold: HoldRecord, gateway: int, customer: str, points: int) -> None:
    if hold.gateway != gateway:
        raise RequestIdReused("the hold is another gateway's")
    if hold.state != "held":
        raise HoldClosed(f"the hold is {hold.state}")
    if (hold.customer, hold.points) != (customer, points):
        raise RequestIdReused("the hold was for another customer or amount")
