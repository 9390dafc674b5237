"""How often rules had given something to whomever before a receipt."""

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tillgate.central.sql import Row, Sql
from tillgate.type.v1.purchase_pb2 import Purchase

from ._facts import rules_that_gave
from ._past import moment_of

__all__ = ["ChainUses"]

PAGE = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ChainUses:
    """When rules gave something in any receipt of a chain, as far as programmes count.

    Reads the chain's receipts once, a few hundred at a time; eight bytes of each use stay in memory.
    """

    def __init__(self, sql: Sql, organisation: int, totals: Mapping[str, int]) -> None:
        """`totals` says up to how many uses of a rule are counted."""
        self._times: dict[str, array[int]] = {rule: array("q") for rule in totals}
        rows: list[Row] = []
        wanting = set(totals)
        while wanting and (rows := _page(sql, organisation, rows[-1] if rows else None)):
            for _, committed_at, document in rows:
                for rule in rules_that_gave(Purchase.FromString(bytes(document))) & wanting:
                    self._times[rule].append(_microseconds(moment_of(sql, committed_at)))
                    if len(self._times[rule]) >= totals[rule]:
                        wanting.discard(rule)

    def before(self, moment: datetime) -> dict[str, int]:
        """How often, without the rules that nobody had used."""
        counts = {rule: bisect_left(times, _microseconds(moment)) for rule, times in self._times.items()}
        return {rule: count for rule, count in counts.items() if count}


def _page(sql: Sql, organisation: int, last: Row | None) -> list[Row]:
    where, values = "organisation_id = %s AND cancelled_at IS NULL", [organisation]
    if last is not None:
        where += " AND (committed_at, purchase_id) > (%s, %s)"
        values += [sql.time(sql.moment(last[1])), sql.uuid(sql.hex(last[0]))]
    return sql.query(
        f"SELECT purchase_id, committed_at, document FROM purchases_receipt WHERE {where}"  # noqa: S608
        " ORDER BY committed_at, purchase_id LIMIT %s",
        (*values, PAGE),
    )


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
