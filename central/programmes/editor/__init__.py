"""The programme editor: a description of the documents that forms follow, rules in words, a price while one types."""

from ._basket import BASKET
from ._describe import described
from ._differences import Change, differences
from ._say import Say
from .words import rule_words, section_words

__all__ = ["BASKET", "Change", "Say", "described", "differences", "rule_words", "section_words"]
