"""What must always hold of the ledger, as SQL. Each question asks for what breaks the rule."""

from dataclasses import dataclass

from tillgate.central.sql import Sql

__all__ = ["RULES", "Violation", "check_ledger"]

#: Broken things shown for each rule.
SHOWN_MOST = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that breaks a rule: which rule, what, and the two figures that should agree."""

    rule: str
    subject: str
    expected: int
    actual: int


#: Rule to a question for (subject, expected, actual).
RULES: dict[str, str] = {
    "each transaction sums to zero": """
        SELECT t.key, 0, COALESCE(SUM(e.points), -1)
        FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id
        GROUP BY t.id, t.key HAVING COUNT(e.id) < 2 OR SUM(e.points) <> 0
    """,
    "a customer's balance is the sum of its entries": """
        SELECT a.id, COALESCE(SUM(e.points), 0), a.balance
        FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
        WHERE a.customer_id IS NOT NULL
        GROUP BY a.id, a.balance HAVING a.balance IS NULL OR a.balance <> COALESCE(SUM(e.points), 0)
    """,
    "nothing is negative but debt": """
        SELECT a.id, 0, a.balance FROM ledger_account a
        WHERE a.customer_id IS NOT NULL AND CASE a.kind WHEN 'debt' THEN a.balance > 0 ELSE a.balance < 0 END
    """,
    "who owes points has none": """
        SELECT a.id, 0, a.balance FROM ledger_account a
        JOIN ledger_account d ON d.customer_id = a.customer_id AND d.kind = 'debt' AND d.balance < 0
        WHERE a.kind = 'available' AND a.balance > 0
    """,
    "a customer shows its available points": """
        SELECT c.id, COALESCE(a.balance, 0), c.points_available FROM customers_customer c
        LEFT JOIN ledger_account a ON a.customer_id = c.id AND a.kind = 'available'
        WHERE c.points_available <> COALESCE(a.balance, 0)
    """,
    "open lots add up to available points": """
        SELECT c.id, COALESCE(a.balance, 0), COALESCE(l.remaining, 0) FROM customers_customer c
        LEFT JOIN ledger_account a ON a.customer_id = c.id AND a.kind = 'available'
        LEFT JOIN (SELECT customer_id, SUM(remaining) AS remaining FROM ledger_lot GROUP BY customer_id) l
            ON l.customer_id = c.id
        WHERE COALESCE(a.balance, 0) <> COALESCE(l.remaining, 0)
    """,
    "a lot's rest is its points and its uses": """
        SELECT l.id, l.points + COALESCE(SUM(u.points), 0), l.remaining
        FROM ledger_lot l LEFT JOIN ledger_lotuse u ON u.lot_id = l.id
        GROUP BY l.id, l.points, l.remaining
        HAVING l.remaining <> l.points + COALESCE(SUM(u.points), 0) OR l.remaining < 0 OR l.remaining > l.points
    """,
    "open holds add up to held points": """
        SELECT a.customer_id, COALESCE(h.points, 0), a.balance FROM ledger_account a
        LEFT JOIN (SELECT customer_id, SUM(points) AS points FROM ledger_hold WHERE state = 'held' GROUP BY customer_id)
            h ON h.customer_id = a.customer_id
        WHERE a.kind = 'held' AND a.balance <> COALESCE(h.points, 0)
    """,
    "what customers have is what programmes gave": """
        SELECT 'organisation ' || a.organisation_id, 0, SUM(e.points)
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        GROUP BY a.organisation_id HAVING SUM(e.points) <> 0
    """,
}


def check_ledger(sql: Sql) -> list[Violation]:
    """What breaks a rule, the first few of each; empty when the ledger is sound. One snapshot."""
    found = []
    with sql.snapshot():
        for rule, question in RULES.items():
            rows = sql.query(f"{question} LIMIT {SHOWN_MOST}")
            found += [Violation(rule, str(subject), int(expected), int(actual)) for subject, expected, actual in rows]
    return found
