"""The domain, pure: documents, money, identifiers, errors, receipts. No I/O, no clock, no framework."""

from ._answer_document import answer_document
from ._basket_reader import BASKET_KEYS, check_basket, check_customer, parse_basket
from ._programme_reader import parse_programme
from ._return_document import remaining_document, return_document, returned_document, sold_document
from ._return_reader import parse_return_request, parse_returned, parse_sold, parse_tenders
from ._returning import give_back, nothing_returned, remaining
from ._sold import sold_of
from .answer import Answer
from .basket import Basket
from .programme import Programme
from .text import Text

__all__ = [
    "BASKET_KEYS",
    "Answer",
    "Basket",
    "Programme",
    "Text",
    "answer_document",
    "check_basket",
    "check_customer",
    "give_back",
    "nothing_returned",
    "parse_basket",
    "parse_programme",
    "parse_return_request",
    "parse_returned",
    "parse_sold",
    "parse_tenders",
    "remaining",
    "remaining_document",
    "return_document",
    "returned_document",
    "sold_document",
    "sold_of",
]
