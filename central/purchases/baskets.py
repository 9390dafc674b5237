"""A stored receipt as the basket document that the calculator reads, without who bought."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tillgate.central.sql import Sql, wrap
from tillgate.type.v1.purchase_pb2 import Purchase

from ._export import COLUMNS, baskets_of
from ._past import Asked
from ._totals import read_totals
from .models import Receipt

__all__ = ["basket_document", "purchase_of"]


@dataclass(frozen=True, slots=True)
class _UsesToday:
    """How often rules gave something in receipts of whomever, today: one sample is not worth counting them all."""

    sql: Sql
    organisation: int
    asked: Asked

    def before(self, _: datetime) -> dict[str, int]:
        return read_totals(self.sql, self.organisation, self.asked.totals)


def purchase_of(receipt: Receipt) -> Purchase:
    """The message as it came from the store. Raises DecodeError."""
    return Purchase.FromString(bytes(receipt.document))


def basket_document(receipt: Receipt, asked: Asked) -> dict[str, Any]:
    """The basket of a receipt as a backtest has it. The guest is called `guest`; certificates are numbered anew."""
    sql = wrap(connection)
    rows = sql.query(f"{COLUMNS} WHERE purchase_id = %s", (sql.uuid(receipt.pk.hex),))
    totals = _UsesToday(sql, receipt.organisation_id, asked)
    ((_, found),) = baskets_of(sql, receipt.store.store_id, rows, asked, totals)
    if "customer" in found:
        found["customer"]["id"] = "guest"
    return found
