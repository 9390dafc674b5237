"""A slip to print, free of any printer's commands, and how it looks as text.

The elements are those of `tillgate.type.v1.ReceiptDocument`; a document is at most 400 elements and 16 KiB of text.
"""

from enum import StrEnum

from msgspec import Struct

from .errors import DocumentInvalid
from .identifiers import is_ean13

__all__ = [
    "Align",
    "Barcode",
    "Columns",
    "Cut",
    "Element",
    "Feed",
    "QrCode",
    "ReceiptDocument",
    "Rule",
    "Symbology",
    "TextLine",
    "check_document",
    "render_text",
]

ELEMENTS_MAX = 400
TEXT_BYTES_MAX = 16 * 1024
QR_BYTES_MAX = 512
CODE128_LENGTH_MAX = 80
FEED_LINES_MAX = 10


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Symbology(StrEnum):
    EAN13 = "ean13"
    CODE128 = "code128"


class TextLine(Struct, frozen=True):
    """A text, wrapped where it is longer than the paper. `large` is double width and height."""

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    large: bool = False


class Columns(Struct, frozen=True):
    """Left and right text on one line, the space between filled."""

    left: str
    right: str
    bold: bool = False


class Rule(Struct, frozen=True):
    """A line across the paper."""


class Feed(Struct, frozen=True):
    """Empty lines, 1 to 10."""

    lines: int = 1


class QrCode(Struct, frozen=True):
    """At most 512 bytes of UTF-8."""

    data: str


class Barcode(Struct, frozen=True):
    """Thirteen digits with a right check digit, or up to 80 printable ASCII characters as Code 128."""

    symbology: Symbology
    data: str


class Cut(Struct, frozen=True):
    """The end of a slip. `partial` leaves a strip so that it does not fall."""

    partial: bool = True


Element = TextLine | Columns | Rule | Feed | QrCode | Barcode | Cut


class ReceiptDocument(Struct, frozen=True):
    """The slip from top to bottom."""

    elements: tuple[Element, ...]


def check_document(document: ReceiptDocument) -> None:
    """Refuse what cannot be printed. Raises DocumentInvalid with the path of the field."""
    if not document.elements:
        raise DocumentInvalid("nothing to print", path="$.elements", reason="EMPTY")
    if len(document.elements) > ELEMENTS_MAX:
        raise DocumentInvalid(f"more than {ELEMENTS_MAX} elements", path="$.elements", reason="TOO_MANY")
    size = 0
    for index, element in enumerate(document.elements):
        size += _check_element(element, f"$.elements[{index}]")
    if size > TEXT_BYTES_MAX:
        raise DocumentInvalid(f"more than {TEXT_BYTES_MAX} bytes of text", path="$.elements", reason="TOO_LARGE")


def _check_element(element: Element, path: str) -> int:
    """How many bytes of text the element holds."""
    match element:
        case TextLine(text=text):
            return _text_bytes(text, f"{path}.text.text")
        case Columns(left=left, right=right):
            return _text_bytes(left, f"{path}.columns.left") + _text_bytes(right, f"{path}.columns.right")
        case Feed(lines=lines) if not 1 <= lines <= FEED_LINES_MAX:
            raise DocumentInvalid(f"1 to {FEED_LINES_MAX} lines", path=f"{path}.feed.lines", reason="OUT_OF_RANGE")
        case QrCode(data=data):
            return _check_qr(data, f"{path}.qr.data")
        case Barcode():
            return _check_barcode(element, f"{path}.barcode.data")
    return 0


def _text_bytes(text: str, path: str) -> int:
    """Control characters would reach the printer as commands, so there are none."""
    if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
        raise DocumentInvalid("control characters are not text", path=path, reason="CONTROL_CHARACTER")
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise DocumentInvalid("not valid Unicode", path=path, reason="CONTROL_CHARACTER") from None


def _check_qr(data: str, path: str) -> int:
    size = len(data.encode(errors="replace"))
    if not 1 <= size <= QR_BYTES_MAX:
        raise DocumentInvalid(f"a QR code holds 1 to {QR_BYTES_MAX} bytes", path=path, reason="OUT_OF_RANGE")
    return size


def _check_barcode(barcode: Barcode, path: str) -> int:
    data = barcode.data
    if barcode.symbology is Symbology.EAN13:
        if not is_ean13(data):
            raise DocumentInvalid("not an EAN-13 with a right check digit", path=path, reason="UNKNOWN_VALUE")
    elif not 1 <= len(data) <= CODE128_LENGTH_MAX or not all(32 <= ord(c) < 127 for c in data):
        raise DocumentInvalid(
            f"a Code 128 holds 1 to {CODE128_LENGTH_MAX} printable ASCII characters", path=path, reason="OUT_OF_RANGE"
        )
    return len(data)


def render_text(document: ReceiptDocument, width: int = 42) -> str:
    """The slip as lines of at most `width` characters, each ended by a newline; large text counts double."""
    if width < 16:
        raise DocumentInvalid("paper has at least 16 characters a line", path="$.width", reason="OUT_OF_RANGE")
    lines: list[str] = []
    for element in document.elements:
        lines += _render(element, width)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _render(element: Element, width: int) -> list[str]:
    match element:
        case TextLine(text=text, align=align, large=large):
            room = width // 2 if large else width
            return [_aligned(line, align, width) for line in wrap(text, room)]
        case Columns(left=left, right=right):
            return columns(left, right, width)
        case Rule():
            return ["-" * width]
        case Feed(lines=lines):
            return [""] * lines
        case QrCode(data=data):
            return [_aligned(line, Align.CENTER, width) for line in wrap(f"[QR {data}]", width)]
        case Barcode(symbology=symbology, data=data):
            return [_aligned(line, Align.CENTER, width) for line in wrap(f"[{symbology.value.upper()} {data}]", width)]
        case Cut(partial=partial):
            return [("- " if partial else "= ") * (width // 2)]


def _aligned(line: str, align: Align, width: int) -> str:
    match align:
        case Align.LEFT:
            return line
        case Align.CENTER:
            return " " * ((width - len(line)) // 2) + line
        case Align.RIGHT:
            return line.rjust(width)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters, broken between words where it can be. An empty text is one empty line."""
    lines: list[str] = []
    rest = text.rstrip()
    while len(rest) > width:
        space = rest.rfind(" ", 0, width + 1)
        cut = space if space > 0 else width
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*lines, rest]


def columns(left: str, right: str, width: int) -> list[str]:
    """Left text, filled with spaces, right text at the edge. What does not fit beside goes to a line above."""
    if len(left) + 1 + len(right) <= width or not left:
        return [left + right.rjust(width - len(left))] if len(right) <= width else wrap(right, width)
    *above, last = wrap(left, width)
    if len(last) + 1 + len(right) <= width:
        return [*above, last + right.rjust(width - len(last))]
    return [*above, last, *(line.rjust(width) for line in wrap(right, width))]
