"""Past receipts priced under a new programme and an old one, and what would have been different."""

from ._document import MECHANICAL, Scale, figures_of, report_document
from ._html import report_html
from ._pipe import exported_receipts
from ._run import Progress, run
from ._source import Chunk, Lines, Source, open_receipts
from ._words import Words
from .report import GroupRow, Mover, Report

__all__ = [
    "MECHANICAL",
    "Chunk",
    "GroupRow",
    "Lines",
    "Mover",
    "Progress",
    "Report",
    "Scale",
    "Source",
    "Words",
    "exported_receipts",
    "figures_of",
    "open_receipts",
    "report_document",
    "report_html",
    "run",
]
