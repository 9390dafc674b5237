"""What came down from the central service: customers, the programme, the store; changed by what happens here."""

from ._customers import checksum_of
from ._points import change_points
from ._replica import Replica
from ._types import (
    CardKindRule,
    Compile,
    CompiledProgramme,
    IdentifierMatch,
    KnownCustomer,
    ReplicaProblem,
    StoreInfo,
)

__all__ = [
    "CardKindRule",
    "Compile",
    "CompiledProgramme",
    "IdentifierMatch",
    "KnownCustomer",
    "Replica",
    "ReplicaProblem",
    "StoreInfo",
    "change_points",
    "checksum_of",
]
