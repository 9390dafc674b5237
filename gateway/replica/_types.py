"""What the replica tells of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from tillgate.core.answer import Answer
from tillgate.core.basket import Basket
from tillgate.core.identifiers import CardPattern
from tillgate.core.text import Text
from tillgate.type.v1.customer_pb2 import CustomerState

__all__ = [
    "CardKindRule",
    "Compile",
    "CompiledProgramme",
    "IdentifierMatch",
    "KnownCustomer",
    "ReplicaProblem",
    "StoreInfo",
]


class CompiledProgramme(Protocol):
    """A programme ready to price. Safe to use from any thread."""

    @property
    def programme_id(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def points_digits(self) -> int: ...
    @property
    def points_worth_minor(self) -> int: ...
    @property
    def use_windows(self) -> Mapping[str, str]:
        """Rules whose uses by a customer count in a window of days: day, week, month, year or rolling_days:N."""

    @property
    def turnover_windows(self) -> tuple[str, ...]:
        """Such windows in which the turnover of a customer counts."""

    @property
    def limited_in_total(self) -> frozenset[str]:
        """Rules that give in so many receipts of all customers together."""

    def price(self, basket: Basket, explain: Literal["none", "applied", "full"] = "full") -> Answer:
        """The answer to a basket."""


#: Turns a programme document into one that can price. Raises ProgrammeInvalid.
Compile = Callable[[bytes], CompiledProgramme]


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """The store this gateway works in, as the central service named it."""

    store_id: str
    name: str
    time_zone: ZoneInfo
    currency: str


@dataclass(frozen=True, slots=True)
class CardKindRule:
    """A kind of loyalty card and the numbers it may have."""

    kind: str
    name: Text
    pattern: CardPattern


@dataclass(frozen=True, slots=True)
class IdentifierMatch:
    """Whose identifier it is. `blocked` is the identifier's own state, not the customer's."""

    customer_id: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer with what happened here since the central service last knew. `state` is not to be changed."""

    state: CustomerState
    version: int


@dataclass(frozen=True, slots=True)
class ReplicaProblem:
    """Something that came down and was not taken over."""

    reason: str
    detail: str
    since: datetime
