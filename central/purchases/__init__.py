"""Receipts, and the events that could not be applied."""

from ._again import apply_again, give_up
from ._ingest import Outcome, Source, apply_batch

__all__ = ["Outcome", "Source", "apply_again", "apply_batch", "give_up"]
