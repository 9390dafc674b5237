"""What the parts of the journal ask of it: a durable write, a read of what is durable."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol, TypeVar

from ._writer import Write

__all__ = ["Store"]

T = TypeVar("T")


class Store(Protocol):
    """The journal as its parts see it."""

    def write(self, write: Write[T]) -> Awaitable[T]:
        """Run it in a transaction; await its result, which comes once that is on disk."""

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query over what is on disk."""

    def row(self, statement: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
