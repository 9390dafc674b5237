"""`tillgate-central manage show_customer CARD`: whose card it is, the balance, how far the gateways have got."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tillgate.central.customers.models import Identifier
from tillgate.central.fleet.models import Gateway


class Command(BaseCommand):
    """Answers for a support call, and for programs with --json."""

    help = "Show whose card or phone this is, with the balance of points."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="card or phone number, as stored")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, number: str, json: bool, **options: Any) -> None:
        found = Identifier.objects.select_related("customer").filter(value=number).first()
        if found is None:
            raise CommandError(f"nobody has the number {number}")
        customer = found.customer
        row = {
            "customer_id": str(customer.id),
            "name": str(customer),
            "balance": customer.points_available,
            "tier": customer.tier,
            "purchases": customer.purchases,
            "receipts": customer.receipts.count(),
            "events": sum(Gateway.objects.values_list("high_water", flat=True)),
        }
        self.stdout.write(_json(row) if json else "\n".join(f"{key}: {value}" for key, value in row.items()))


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)
