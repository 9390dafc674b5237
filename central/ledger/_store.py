"""A Book's rows: read by a few statements and written by a few, however many movements there are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tillgate.central.sql import Row, Sql

from ._state import CustomerPoints, HoldRecord, LotRecord, Use

__all__ = ["BookRows", "Posted", "load_rows", "save_rows"]

#: An account in an entry: a customer's by its kind, a programme's by (programme, kind).
Account = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Posted:
    """A transaction as posted."""

    key: str
    movement: str
    customer: str
    happened_at: datetime
    note: str
    entries: tuple[tuple[Account, int], ...]


@dataclass(slots=True)
class BookRows:
    """Everything read and everything to write. Transactions not yet written are numbered -1, -2, …"""

    organisation: int
    now: datetime
    customers: dict[str, CustomerPoints] = field(default_factory=dict)
    holds: dict[str, HoldRecord] = field(default_factory=dict)
    #: Known keys and their transactions: those that were asked for, and those posted here.
    transactions: dict[str, int] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    new_lots: list[tuple[str, LotRecord]] = field(default_factory=list)
    new_uses: list[Use] = field(default_factory=list)


def load_rows(
    sql: Sql, rows: BookRows, customers: Collection[str], holds: Collection[str], refunds: Collection[str]
) -> None:
    """Read accounts and open lots of the customers, the holds, and the lots that may be returned to."""
    _load_holds(sql, rows, holds)
    keys = [*refunds, *(f"{movement}:{hold}" for hold in rows.holds for movement in ("HOLD", "UNHOLD"))]
    taken = _load_transactions(sql, rows, keys) if keys else []
    _load_accounts(sql, rows, {*customers, *(hold.customer for hold in rows.holds.values() if hold.customer)})
    lots = _load_lots(sql, rows, [rows.transactions[key] for key in refunds if key in rows.transactions], taken)
    for hold_id, lot_id, points in taken:
        hold = rows.holds[hold_id]
        lot = lots[lot_id]
        hold.taken[lot] = hold.taken.get(lot, 0) - points


def _load_holds(sql: Sql, rows: BookRows, holds: Collection[str]) -> None:
    if not holds:
        return
    found = sql.query(
        "SELECT hold_id, gateway_id, customer_id, points, state, transaction_id, created_at, closed_at"
        " FROM ledger_hold WHERE hold_id = ANY(%s::text[])",
        (list(holds),),
    )
    for hold_id, gateway, customer, points, state, transaction, created_at, closed_at in found:
        rows.holds[hold_id] = HoldRecord(
            hold_id, gateway, sql.hex(customer), points, state, transaction or 0, created_at, closed_at
        )


def _load_transactions(sql: Sql, rows: BookRows, keys: Collection[str]) -> list[tuple[str, int, int]]:
    """Note the keys' transactions; what the holds among them did with lots, as (hold, lot, points)."""
    found = sql.query(
        "SELECT t.key, t.id, u.lot_id, u.points FROM ledger_transaction t"
        " LEFT JOIN ledger_lotuse u ON u.transaction_id = t.id WHERE t.key = ANY(%s::text[])",
        (list(keys),),
    )
    rows.transactions |= {key: transaction for key, transaction, _, _ in found}
    return [
        (key.partition(":")[2], lot, points)
        for key, _, lot, points in found
        if lot is not None and key.startswith(("HOLD:", "UNHOLD:"))
    ]


def _load_accounts(sql: Sql, rows: BookRows, customers: Collection[str]) -> None:
    rows.customers |= {customer: CustomerPoints(customer, rows.organisation) for customer in customers}
    found = sql.query(
        "SELECT customer_id, kind, id, balance FROM ledger_account WHERE customer_id = ANY(%s::uuid[])",
        (list(customers),),
    )
    for customer, kind, account, balance in found:
        owner = rows.customers[sql.hex(customer)]
        owner.accounts[kind] = account
        owner.balances[kind] = balance


def _load_lots(
    sql: Sql, rows: BookRows, transactions: Collection[int], taken: Iterable[tuple[str, int, int]]
) -> dict[int, LotRecord]:
    """The customers' open lots, the lots of those transactions and those that holds took from."""
    found = sql.query(
        "SELECT id, customer_id, transaction_id, points, remaining, activates_at, expires_at FROM ledger_lot"
        " WHERE remaining > 0 AND customer_id = ANY(%s::uuid[])",
        (list(rows.customers),),
    )
    named = sorted({lot for _, lot, _ in taken})
    if transactions or named:
        found += sql.query(
            "SELECT id, customer_id, transaction_id, points, remaining, activates_at, expires_at FROM ledger_lot"
            " WHERE remaining = 0 AND"
            " (transaction_id = ANY(%s::bigint[]) OR id = ANY(%s::bigint[]))",
            (list(transactions), named),
        )
    lots: dict[int, LotRecord] = {}
    for lot_id, customer, transaction, points, remaining, activates_at, expires_at in found:
        lot = LotRecord(lot_id, transaction, points, remaining, sql.moment(activates_at), sql.moment(expires_at))
        lots[lot_id] = lot
        rows.customers[sql.hex(customer)].lots.append(lot)
    return lots


def save_rows(sql: Sql, rows: BookRows) -> None:
    """Write what was posted: additions first, then balances, lots and holds."""
    numbers = sql.ids("ledger_transaction", len(rows.posted)) if rows.posted else []

    def real(transaction: int) -> int:
        return transaction if transaction >= 0 else numbers[-transaction - 1]

    _write_transactions(sql, rows, numbers)
    _write_entries(sql, rows, numbers)
    _write_lots(sql, rows, [real(lot.transaction) for _, lot in rows.new_lots])
    sql.insert(
        "ledger_lotuse",
        ("lot_id", "transaction_id", "points"),
        [(use.lot.id, real(use.transaction), use.points) for use in rows.new_uses],
    )
    _write_holds(sql, rows, {hold.hold_id: real(hold.transaction) or None for hold in rows.holds.values()})


def _write_transactions(sql: Sql, rows: BookRows, numbers: Collection[int]) -> None:
    now = sql.time(rows.now)
    sql.insert(
        "ledger_transaction",
        ("id", "key", "movement", "customer_id", "happened_at", "recorded_at", "note"),
        [
            (number, one.key, one.movement, sql.uuid(one.customer), sql.time(one.happened_at), now, one.note)
            for number, one in zip(numbers, rows.posted, strict=True)
        ],
    )


def _write_entries(sql: Sql, rows: BookRows, numbers: Collection[int]) -> None:
    new = _open_accounts(sql, rows)
    balances = [
        (owner.accounts[kind], owner.balances[kind])
        for owner in rows.customers.values()
        if owner.changed
        for kind in owner.accounts
        if owner.accounts[kind] not in new
    ]
    programmes = _programme_accounts(sql, rows)
    entries: list[Row] = []
    for number, one in zip(numbers, rows.posted, strict=True):
        accounts = rows.customers[one.customer].accounts
        for account, points in one.entries:
            entries.append((number, accounts[account] if isinstance(account, str) else programmes[account], points))
    sql.insert("ledger_entry", ("transaction_id", "account_id", "points"), entries)
    sql.update("ledger_account", {"id": "bigint", "balance": "bigint"}, sorted(balances))


def _open_accounts(sql: Sql, rows: BookRows) -> set[int]:
    """Make the customers' accounts that do not exist yet, with their balances as they end; their ids."""
    missing = [
        (owner, kind)
        for owner in rows.customers.values()
        if owner.changed
        for kind in owner.balances
        if kind not in owner.accounts
    ]
    if not missing:
        return set()
    numbers = sql.ids("ledger_account", len(missing))
    for number, (owner, kind) in zip(numbers, missing, strict=True):
        owner.accounts[kind] = number
    sql.insert(
        "ledger_account",
        ("id", "organisation_id", "customer_id", "programme", "kind", "balance"),
        [
            (owner.accounts[kind], rows.organisation, sql.uuid(owner.customer), "", kind, owner.balances[kind])
            for owner, kind in missing
        ],
    )
    return set(numbers)


def _programme_accounts(sql: Sql, rows: BookRows) -> dict[tuple[str, str], int]:
    wanted = sorted({account for one in rows.posted for account, _ in one.entries if not isinstance(account, str)})
    if not wanted:
        return {}
    question = "SELECT programme, kind, id FROM ledger_account WHERE customer_id IS NULL AND organisation_id = %s"
    found = {(programme, kind): number for programme, kind, number in sql.query(question, (rows.organisation,))}
    missing = [account for account in wanted if account not in found]
    for programme, kind in missing:
        sql.run(
            "INSERT INTO ledger_account (organisation_id, programme, kind) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (rows.organisation, programme, kind),
        )
    if missing:
        found = {(programme, kind): number for programme, kind, number in sql.query(question, (rows.organisation,))}
    return found


def _write_lots(sql: Sql, rows: BookRows, transactions: list[int]) -> None:
    new = [lot for _, lot in rows.new_lots]
    for number, lot in zip(sql.ids("ledger_lot", len(new)) if new else [], new, strict=True):
        lot.id = number
    sql.insert(
        "ledger_lot",
        ("id", "customer_id", "transaction_id", "points", "remaining", "activates_at", "expires_at"),
        [
            (
                lot.id,
                sql.uuid(customer),
                transaction,
                lot.points,
                lot.remaining,
                sql.time(lot.activates_at),
                sql.time(lot.expires_at),
            )
            for (customer, lot), transaction in zip(rows.new_lots, transactions, strict=True)
        ],
    )
    written = set(new)
    changed = [
        (lot.id, lot.remaining)
        for owner in rows.customers.values()
        for lot in owner.lots
        if lot.changed and lot not in written
    ]
    sql.update("ledger_lot", {"id": "bigint", "remaining": "bigint"}, sorted(changed))


def _write_holds(sql: Sql, rows: BookRows, transactions: dict[str, int | None]) -> None:
    sql.insert(
        "ledger_hold",
        ("hold_id", "gateway_id", "customer_id", "points", "state", "transaction_id", "created_at", "closed_at"),
        [
            (
                hold.hold_id,
                hold.gateway,
                sql.uuid(hold.customer),
                hold.points,
                hold.state,
                transactions[hold.hold_id],
                sql.time(hold.created_at),
                sql.time(hold.closed_at),
            )
            for hold in rows.holds.values()
            if hold.new
        ],
    )
    sql.update(
        "ledger_hold",
        {"hold_id": "text", "state": "text", "closed_at": "timestamptz"},
        [
            (hold.hold_id, hold.state, sql.time(hold.closed_at))
            for hold in rows.holds.values()
            if hold.changed and not hold.new
        ],
    )
