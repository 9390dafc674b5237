"""The domain, pure: documents, money, identifiers, errors, receipts. No I/O, no clock, no framework."""

from ._answer_document import answer_document
from ._basket_reader import check_basket, parse_basket
from ._programme_reader import parse_programme
from .answer import Answer
from .basket import Basket
from .programme import Programme
from .text import Text

__all__ = [
    "Answer",
    "Basket",
    "Programme",
    "Text",
    "answer_document",
    "check_basket",
    "parse_basket",
    "parse_programme",
]
