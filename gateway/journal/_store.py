"""What the parts of the journal ask of it: a durable write, a read of what is durable."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from ._writer import Write

__all__ = ["Store"]

T = TypeVar("T")


class Store(Protocol):
    """The journal as its parts see it."""

    async def write(self, write: Write[T]) -> T:
        """Run it in a transaction; its result once that is on disk."""

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query over what is on disk."""

    def row(self, statement: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
