"""Reading on after a refusal, so that a document is mended once and not field by field."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from ._reader import Node
from .errors import DocumentRefused

__all__ = ["Refusals", "raise_all"]

T = TypeVar("T")
#: Who finds more than this wrong has taken one document for another.
TOLD_MAX = 50


def raise_all(refused: Iterable[DocumentRefused]) -> None:
    """Raises the first, which carries the others in `more`; nothing where there is none."""
    found = [*refused]
    if found:
        found[0].more = tuple(found[1:])
        raise found[0]


class Refusals:
    """What a document was refused for so far. What stands for a refused part never leaves the reader: `tell` raises."""

    def __init__(self) -> None:
        self._found: list[DocumentRefused] = []

    def read(self, read: Callable[[Node], T], node: Node, otherwise: T) -> T:
        """What is read of the node; `otherwise` where it is refused."""
        try:
            return read(node)
        except DocumentRefused as refused:
            if len(self._found) < TOLD_MAX:
                self._found.append(refused)
            if len(self._found) == TOLD_MAX:
                self.tell()
            return otherwise

    def fields(self, node: Node, known: Collection[str], needed: Collection[str]) -> dict[str, Node]:
        """The members of an object. Where `needed` ones are there, one that is not known is no reason to stop."""
        members = node.members()
        if any(key not in members for key in needed):
            return node.fields(known)
        return self.read(lambda node: node.fields(known), node, members)

    def member(self, fields: Mapping[str, Node], key: str, read: Callable[[Node], T], otherwise: T) -> T:
        """What is read of a member; `otherwise` where it is missing or refused."""
        return self.read(read, fields[key], otherwise) if key in fields else otherwise

    def tell(self) -> None:
        """Raises what was found, if anything was."""
        raise_all(self._found)
