"""`tillgate-central manage check_ledger`: prove that the books are in order."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from tillgate.central.ledger import RULES, check_ledger
from tillgate.central.sql import open_sql


class Command(BaseCommand):
    """Ends with an error, and says what is wrong, when a rule of the ledger is broken."""

    help = "Check every rule of the ledger: sums, balances, lots, holds."

    def handle(self, *args: Any, **options: Any) -> None:
        violations = check_ledger(open_sql(connection))
        for found in violations:
            self.stdout.write(f"{found.rule}: {found.subject}: expected {found.expected}, is {found.actual}")
        if violations:
            raise CommandError(f"the ledger is not in order: {len(violations)} findings")
        self.stdout.write(f"the ledger is in order: {len(RULES)} rules hold")
