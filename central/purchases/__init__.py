"""Receipts, and the events that could not be applied."""

from ._again import apply_again, give_up
from ._export import Wanted, export_receipts
from ._ingest import Outcome, Source, apply_batch
from ._past import Asked, asked_by
from ._tell import tell_counts
from ._totals import read_totals

__all__ = [
    "Asked",
    "Outcome",
    "Source",
    "Wanted",
    "apply_again",
    "apply_batch",
    "asked_by",
    "export_receipts",
    "give_up",
    "read_totals",
    "tell_counts",
]
