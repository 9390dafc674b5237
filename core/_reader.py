"""Reading a JSON document with an eye on where one is: every refusal names the path."""

import codecs
import difflib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, time, tzinfo
from typing import NoReturn, TypeVar

import msgspec

from .errors import DocumentRefused
from .numbers import PERCENT_DIGITS, QUANTITY_DIGITS, NumberInvalid, Rounding, format_decimal, parse_decimal
from .text import Text

__all__ = ["Json", "Node", "decode"]

Json = object
T = TypeVar("T")
_MONEY = Text("сумма", "money")
_QUANTITY = Text("количество", "a quantity")
_PERCENT = Text("процент", "a percent")
_POINTS = Text("число баллов", "a number of points")
_COUNT = Text("целое число", "a whole number")
NAME_LENGTH_MAX = 200
#: A gateway holds the turnover of so many days for each customer.
TURNOVER_DAYS_MAX = 400
DOCUMENT_BYTES_MAX = 16 << 20


def decode(data: bytes | str, error: type[DocumentRefused]) -> Json:
    """JSON text as plain objects. The mark that some editors put before UTF-8 is no part of it."""
    data = data.removeprefix("\ufeff") if isinstance(data, str) else data.removeprefix(codecs.BOM_UTF8)
    if len(data) > DOCUMENT_BYTES_MAX:
        most = DOCUMENT_BYTES_MAX >> 20
        text = Text(f"документ больше {most} МиБ", f"the document is larger than {most} MiB")
        raise error(text, path="$", reason="TOO_LARGE")
    try:
        msgspec.json.decode(data)  # Stricter: no NaN, no half of a character.
        found: Json = json.loads(data, object_pairs_hook=_object)
    except (msgspec.DecodeError, ValueError, RecursionError) as failure:
        raise error(_not_json(data, str(failure)), path="$", reason="NOT_JSON") from failure
    return found


class _Twice(dict[str, Json]):
    """An object in whose text a key stands twice: one of the two values would be lost unseen."""

    key: str


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice = _Twice(found)
    twice.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
    return twice


def _not_json(data: bytes | str, failure: str) -> Text:
    """Where the text stops being JSON, as an editor counts."""
    found = re.search(r" \(byte (\d+)\)", failure)
    if found is None:
        return Text("это не JSON", f"not JSON: {failure}")
    before = (data.encode() if isinstance(data, str) else data)[: int(found[1])]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
    said = failure.removesuffix(found[0])
    return Text(f"это не JSON: строка {line}, знак {column}", f"not JSON: line {line}, character {column}: {said}")


def _unknown(found: str, known: Collection[str]) -> tuple[str, str]:
    """What a name that is not known may have been meant for, in English and in Russian."""
    near = difflib.get_close_matches(found, known, 1)
    if near:
        return (
            f"`{found}` is not known here; did you mean `{near[0]}`?",
            f"`{found}` здесь нет; может быть, `{near[0]}`?",
        )
    names = ", ".join(sorted(known))
    return f"`{found}` is not known here; known: {names}", f"`{found}` здесь нет; есть: {names}"


class Node:
    """A value of a document, with its path and the error to raise about it."""

    __slots__ = ("error", "money_digits", "path", "value")

    def __init__(self, value: Json, path: str, error: type[DocumentRefused], money_digits: int = 2) -> None:
        self.value = value
        self.path = path
        self.error = error
        self.money_digits = money_digits

    def refuse(self, reason: str, en: str, ru: str) -> NoReturn:
        """Raise the error: a reason for programs, for people a sentence without capital and full stop."""
        raise self.error(Text(ru, en), path=self.path, reason=reason)

    def _child(self, value: Json, step: str) -> "Node":
        return Node(value, self.path + step, self.error, self.money_digits)

    # Objects and lists

    def fields(self, known: Collection[str]) -> dict[str, "Node"]:
        """The members of an object. A key that is not known is an error."""
        nodes = self.members()
        for key, node in nodes.items():
            if key not in known:
                node.refuse("UNKNOWN_KEY", *_unknown(key, known))
        return nodes

    def members(self) -> dict[str, "Node"]:
        """The members of an object whose keys are the caller's own names."""
        if not isinstance(self.value, dict):
            self.refuse("WRONG_TYPE", "an object is expected", "нужен объект в фигурных скобках")
        if isinstance(self.value, _Twice):
            key = self.value.key
            self._child(None, f".{key}").refuse(
                "DUPLICATE", f"`{key}` stands here twice", f"`{key}` стоит здесь дважды"
            )
        return {key: self._child(value, f".{key}") for key, value in self.value.items()}

    def kit(self) -> list[tuple[str, "Node"]]:
        """The members of an object by sku, at least one."""
        parts = list(self.members().items())
        if not parts:
            self.refuse("EMPTY", "a kit has at least one part", "в наборе нужен хотя бы один товар")
        for sku, part in parts:
            if not sku:
                part.refuse("EMPTY", "an article must not be empty", "артикул не может быть пустым")
        return parts

    def items(self, at_least: int = 0, at_most: int | None = None) -> Iterator["Node"]:
        if not isinstance(self.value, list):
            self.refuse("WRONG_TYPE", "a list is expected", "нужен список в квадратных скобках")
        if len(self.value) < at_least:
            self.refuse("TOO_FEW", f"at least {at_least} expected", f"нужно не меньше {at_least}")
        if at_most is not None and len(self.value) > at_most:
            self.refuse(
                "TOO_MANY",
                f"at most {at_most} allowed, {len(self.value)} given",
                f"можно не больше {at_most}, а здесь {len(self.value)}",
            )
        return (self._child(value, f"[{index}]") for index, value in enumerate(self.value))

    def need(self, fields: dict[str, "Node"], key: str) -> "Node":
        if key not in fields:
            self._child(None, f".{key}").refuse("MISSING", f"`{key}` is required", f"нет обязательного `{key}`")
        return fields[key]

    # Scalars

    def text(self, at_most: int = NAME_LENGTH_MAX) -> str:
        if not isinstance(self.value, str):
            self.refuse("WRONG_TYPE", "a text is expected", "нужна строка в кавычках")
        if len(self.value) > at_most:
            self.refuse("TOO_LONG", f"at most {at_most} characters", f"можно не больше {at_most} знаков")
        return self.value

    def name(self) -> str:
        """A text with something in it."""
        found = self.text()
        if not found.strip():
            self.refuse("EMPTY", "must not be empty", "не может быть пустым")
        return found

    def names(self, at_least: int = 1) -> tuple[str, ...]:
        return tuple(item.name() for item in self.items(at_least))

    def one_or_more(self) -> tuple[str, ...]:
        """A list of names, or one name alone."""
        return (self.name(),) if isinstance(self.value, str) else self.names()

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.refuse("WRONG_TYPE", "true or false is expected", "нужно true или false")
        return self.value

    def choice(self, choices: Collection[str]) -> str:
        found = self.text()
        if found not in choices:
            self.refuse("UNKNOWN_VALUE", *_unknown(found, choices))
        return found

    def window(self, days_most: int = TURNOVER_DAYS_MAX) -> str:
        """A window of days that ends today, or `all`."""
        found = self.text()
        if not found.startswith("rolling_days:"):
            return self.choice(("all", "day", "week", "month", "year", "rolling_days:N"))
        days = Node(found.removeprefix("rolling_days:"), self.path, self.error).count(1, days_most)
        return f"rolling_days:{days}"

    def rounding(self) -> Rounding:
        return Rounding(self.choice([mode.value for mode in Rounding]))

    def _decimal(self, digits: int, low: int, high: int, unit: Text) -> int:
        if not isinstance(self.value, str):
            self.refuse("WRONG_TYPE", f'{unit.en} is a decimal string such as "1.5"', f'{unit.ru} — строка вида "1.5"')
        try:
            found = parse_decimal(self.value, digits)
        except NumberInvalid as failure:
            self.refuse("NUMBER_INVALID", failure.text.en, failure.text.ru)
        if not low <= found <= high:
            least, most = (format_decimal(bound, digits).removesuffix("." + "0" * digits) for bound in (low, high))
            self.refuse("OUT_OF_RANGE", f"{unit.en} is from {least} to {most}", f"{unit.ru} — от {least} до {most}")
        return found

    def money(self, low: int = 0, high: int = 10**12) -> int:
        return self._decimal(self.money_digits, low, high, _MONEY)

    def quantity(self, low: int = 0, high: int = 10**9) -> int:
        """Thousandths. Whole numbers may be JSON integers."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return Node(str(self.value), self.path, self.error).quantity(low, high)
        return self._decimal(QUANTITY_DIGITS, low, high, _QUANTITY)

    def percent(self, high: int = 10**6) -> int:
        """Millionths; 100 % is 1,000,000."""
        return self._decimal(PERCENT_DIGITS, 0, high, _PERCENT)

    def points(self, digits: int, low: int = 0, high: int = 10**14) -> int:
        return self._decimal(digits, low, high, _POINTS)

    def count(self, low: int = 0, high: int = 10**9) -> int:
        """A whole number, as a JSON integer or a decimal string."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return Node(str(self.value), self.path, self.error)._decimal(0, low, high, _COUNT)
        return self._decimal(0, low, high, _COUNT)

    def both_languages(self) -> Text:
        """`{"ru", "en"}`; one of them, or a plain text, stands for both. Empty ones count as missing."""
        fields = {"ru": self} if isinstance(self.value, str) else self.fields(("ru", "en"))
        found = {key: node.text(1000) for key, node in fields.items()}
        first = next(filter(None, found.values()), None)
        if first is None:
            self.refuse("EMPTY", "a text in Russian or English is expected", "нужен текст на русском или английском")
        return Text(found.get("ru") or first, found.get("en") or first)

    def _parsed(self, parse: Callable[[str], T], en: str, ru: str) -> T:
        try:
            return parse(self.text())
        except ValueError:
            self.refuse("TIME_INVALID", f"{en} is expected", f"нужна {ru}")

    def date(self) -> date:
        return self._parsed(date.fromisoformat, "a date such as 2026-11-21", "дата, например 2026-11-21")

    def moment(self) -> datetime:
        """A time with its offset from UTC."""
        found = self._parsed(
            datetime.fromisoformat,
            "a time such as 2026-11-21T14:05:00+03:00",
            "дата со временем, например 2026-11-21T14:05:00+03:00",
        )
        if found.tzinfo is None:
            self.refuse(
                "TIME_INVALID",
                "the time needs its offset from UTC, such as +03:00",
                "у времени должно быть смещение от UTC, например +03:00",
            )
        return found

    def day_or_moment(self, zone: tzinfo) -> datetime:
        """A time with its offset, or a date, which is its beginning in the zone."""
        if isinstance(self.value, str) and len(self.value) == len("2026-01-01"):
            return datetime.combine(self.date(), time.min, zone)
        return self.moment()
