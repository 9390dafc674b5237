"""`tillgate-central manage run_backtest N`: what the page starts."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tillgate.central.backtests.running import carry_out

#: Tills' answers and people's pages come before it.
NICENESS = 10


class Command(BaseCommand):
    """Prices the receipts of one backtest and writes its report."""

    help = "Run a backtest that was started from the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backtest", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(NICENESS)
        carry_out(options["backtest"])
