"""Receipts, and the events that could not be applied."""

from ._ingest import Outcome, Source, apply_batch

__all__ = ["Outcome", "Source", "apply_batch"]
