"""How many receipts each rule gave something in, over the whole chain: counted as receipts come and go.

Each gateway has rows of its own, which its batches change under its lock: batches of others never wait for them.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from tillgate.central.sql import Sql
from tillgate.type.v1.purchase_pb2 import Purchase

from ._facts import rules_that_gave

__all__ = ["add_totals", "read_totals", "uses_of_documents"]

ROWS_MOST = 200


def uses_of_documents(documents: Iterable[bytes]) -> Counter[str]:
    """In how many of these purchases each rule gave something."""
    return Counter(rule for document in documents for rule in rules_that_gave(Purchase.FromString(document)))


def add_totals(sql: Sql, organisation: int, gateway: int, uses: Counter[str]) -> None:
    """Count uses, below zero for those given back, with a gateway whose row is locked."""
    rows = sorted((rule, count) for rule, count in uses.items() if count)
    for start in range(0, len(rows), ROWS_MOST):
        part = rows[start : start + ROWS_MOST]
        sql.run(
            "INSERT INTO purchases_ruletotal (organisation_id, gateway_id, rule_id, count) VALUES "  # noqa: S608
            + ", ".join(["(%s, %s, %s, %s)"] * len(part))
            + " ON CONFLICT (gateway_id, rule_id) DO UPDATE SET count = purchases_ruletotal.count + excluded.count",
            [value for rule, count in part for value in (organisation, gateway, rule, count)],
        )


def read_totals(sql: Sql, organisation: int, rules: Collection[str]) -> dict[str, int]:
    """Uses of these rules over all gateways; a rule without any is left out."""
    if not rules:
        return {}
    found = sql.query(
        "SELECT rule_id, SUM(count) FROM purchases_ruletotal"
        " WHERE organisation_id = %s AND rule_id = ANY(%s::text[]) GROUP BY rule_id",
        (organisation, sorted(rules)),
    )
    return {rule: int(count) for rule, count in found if count > 0}
