"""`tillgate-central manage seed_demo`: fill a small believable chain."""

from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand
from django.utils import timezone

from tillgate.central.office.demo.chain import seed


class Command(BaseCommand):
    """Fills the database with an invented chain. Run again, it changes nothing and shows no secrets."""

    help = "Fill two stores, two gateways, 200 customers, a programme. Tokens and the password are printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Two switches."""
        parser.add_argument("--days", type=int, default=0, help="receipts of so many past days as well")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *_args: Any, json: bool = False, days: int = 0, **_options: Any) -> None:
        """Fill, then print."""
        chain = seed(timezone.now(), days)
        if json:
            self.stdout.write(msgspec.json.encode(chain).decode())
            return
        self.stdout.write(f"{chain.organisation}: {len(chain.stores)} stores, {len(chain.customers)} customers.")
        self.stdout.write(f"Administrator {chain.admin['login']}, password {chain.admin['password'] or 'as before'}.")
        for gateway in chain.gateways:
            self.stdout.write(f"Gateway {gateway['gateway_id']}, token {gateway['token'] or 'as before'}.")
