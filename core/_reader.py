"""Reading a JSON document with an eye on where one is: every refusal names the path."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import NoReturn, TypeVar

import msgspec

from .errors import BadRequest
from .numbers import PERCENT_DIGITS, QUANTITY_DIGITS, NumberInvalid, Rounding, parse_decimal
from .text import Text

__all__ = ["Json", "Node", "decode"]

Json = object
T = TypeVar("T")
NAME_LENGTH_MAX = 200
DOCUMENT_BYTES_MAX = 16 << 20


def decode(data: bytes | str, error: type[BadRequest]) -> Json:
    """JSON text as plain objects."""
    if len(data) > DOCUMENT_BYTES_MAX:
        raise error(f"the document is larger than {DOCUMENT_BYTES_MAX >> 20} MiB", path="$", reason="TOO_LARGE")
    try:
        found: Json = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise error(f"not JSON: {failure}", path="$", reason="NOT_JSON") from failure
    return found


class Node:
    """A value of a document, with its path and the error to raise about it."""

    __slots__ = ("error", "money_digits", "path", "value")

    def __init__(self, value: Json, path: str, error: type[BadRequest], money_digits: int = 2) -> None:
        self.value = value
        self.path = path
        self.error = error
        self.money_digits = money_digits

    def refuse(self, reason: str, detail: str) -> NoReturn:
        raise self.error(detail, path=self.path, reason=reason)

    def _child(self, value: Json, step: str) -> "Node":
        return Node(value, self.path + step, self.error, self.money_digits)

    # Objects and lists

    def fields(self, known: Collection[str], unsupported: Collection[str] = ()) -> dict[str, "Node"]:
        """The members of an object. A key that is neither known nor planned is an error, and so is a planned one."""
        if not isinstance(self.value, dict):
            self.refuse("WRONG_TYPE", "an object is expected")
        nodes = {key: self._child(value, f".{key}") for key, value in self.value.items()}
        for key, node in nodes.items():
            if key in unsupported:
                node.refuse("UNSUPPORTED", f"`{key}` is not supported by this version")
            if key not in known:
                node.refuse("UNKNOWN_KEY", f"`{key}` is not known here; known: {', '.join(sorted(known))}")
        return nodes

    def members(self) -> dict[str, "Node"]:
        """The members of an object whose keys are the caller's own names."""
        if not isinstance(self.value, dict):
            self.refuse("WRONG_TYPE", "an object is expected")
        return {key: self._child(value, f".{key}") for key, value in self.value.items()}

    def items(self, at_least: int = 0, at_most: int | None = None) -> Iterator["Node"]:
        if not isinstance(self.value, list):
            self.refuse("WRONG_TYPE", "a list is expected")
        if len(self.value) < at_least:
            self.refuse("TOO_FEW", f"at least {at_least} expected")
        if at_most is not None and len(self.value) > at_most:
            self.refuse("TOO_MANY", f"at most {at_most} allowed, {len(self.value)} given")
        return (self._child(value, f"[{index}]") for index, value in enumerate(self.value))

    def need(self, fields: dict[str, "Node"], key: str) -> "Node":
        if key not in fields:
            self._child(None, f".{key}").refuse("MISSING", f"`{key}` is required")
        return fields[key]

    # Scalars

    def text(self, at_most: int = NAME_LENGTH_MAX) -> str:
        if not isinstance(self.value, str):
            self.refuse("WRONG_TYPE", "a text is expected")
        if len(self.value) > at_most:
            self.refuse("TOO_LONG", f"at most {at_most} characters")
        return self.value

    def name(self) -> str:
        """A text with something in it."""
        found = self.text()
        if not found.strip():
            self.refuse("EMPTY", "must not be empty")
        return found

    def names(self, at_least: int = 1) -> tuple[str, ...]:
        return tuple(item.name() for item in self.items(at_least))

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.refuse("WRONG_TYPE", "true or false is expected")
        return self.value

    def choice(self, choices: Collection[str], unsupported: Collection[str] = ()) -> str:
        found = self.text()
        if found in unsupported:
            self.refuse("UNSUPPORTED", f"`{found}` is not supported by this version")
        if found not in choices:
            self.refuse("UNKNOWN_VALUE", f"{found!r} is none of {', '.join(sorted(choices))}")
        return found

    def rounding(self) -> Rounding:
        return Rounding(self.choice([mode.value for mode in Rounding]))

    def _decimal(self, digits: int, low: int, high: int, unit: str) -> int:
        if not isinstance(self.value, str):
            self.refuse("WRONG_TYPE", f'{unit} is a decimal string such as "1.5"')
        try:
            found = parse_decimal(self.value, digits)
        except NumberInvalid as failure:
            self.refuse("NUMBER_INVALID", str(failure))
        if found < low:
            self.refuse("OUT_OF_RANGE", f"{unit} must not be {'negative' if low == 0 else 'so small'}")
        if found > high:
            self.refuse("OUT_OF_RANGE", f"{unit} is too large")
        return found

    def money(self, low: int = 0, high: int = 10**12) -> int:
        return self._decimal(self.money_digits, low, high, "money")

    def quantity(self, low: int = 0, high: int = 10**9) -> int:
        """Thousandths. Whole numbers may be JSON integers."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return Node(str(self.value), self.path, self.error).quantity(low, high)
        return self._decimal(QUANTITY_DIGITS, low, high, "a quantity")

    def percent(self, high: int = 10**6) -> int:
        """Millionths; 100 % is 1,000,000."""
        return self._decimal(PERCENT_DIGITS, 0, high, "a percent")

    def points(self, digits: int, low: int = 0, high: int = 10**14) -> int:
        return self._decimal(digits, low, high, "a number of points")

    def count(self, low: int = 0, high: int = 10**9) -> int:
        """A whole number, as a JSON integer or a decimal string."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return Node(str(self.value), self.path, self.error)._decimal(0, low, high, "a count")
        return self._decimal(0, low, high, "a count")

    def both_languages(self) -> Text:
        """`{"ru", "en"}`; one of them, or a plain text, stands for both."""
        if isinstance(self.value, str):
            return Text(self.text(1000), self.text(1000))
        fields = self.fields(("ru", "en"))
        found = {key: node.text(1000) for key, node in fields.items()}
        if not found:
            self.refuse("EMPTY", "a text in Russian or English is expected")
        first = next(iter(found.values()))
        return Text(found.get("ru", first), found.get("en", first))

    def _parsed(self, parse: Callable[[str], T], what: str) -> T:
        try:
            return parse(self.text())
        except ValueError:
            self.refuse("TIME_INVALID", f"{what} is expected")

    def date(self) -> date:
        return self._parsed(date.fromisoformat, "a date such as 2026-11-21")

    def moment(self) -> datetime:
        """A time with its offset from UTC."""
        found = self._parsed(datetime.fromisoformat, "a time such as 2026-11-21T14:05:00+03:00")
        if found.tzinfo is None:
            self.refuse("TIME_INVALID", "the time needs its offset from UTC, such as +03:00")
        return found
