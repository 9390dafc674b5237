"""A receipt document as ESC/POS bytes, after Epson's ESC/POS command reference."""

from msgspec import Struct

from tillgate.core.errors import DocumentInvalid
from tillgate.core.receipt import (
    Align,
    Barcode,
    Columns,
    Cut,
    Element,
    Feed,
    QrCode,
    ReceiptDocument,
    Rule,
    Symbology,
    TextLine,
    columns,
    wrap,
)

from ._profile import Profile
from ._text import fit

__all__ = ["ASB_ALL", "Page", "render"]

_LF = b"\n"
_ESC = b"\x1b"
_GS = b"\x1d"
_DLE = b"\x10"
_INITIALISE = _ESC + b"@"
_KANJI_OFF = b"\x1c."
#: GS a: tell of drawer, online state, errors and paper as they change.
ASB_ALL = _GS + b"a\x0f"
_ALIGNS = {Align.LEFT: b"\x00", Align.CENTER: b"\x01", Align.RIGHT: b"\x02"}
_PLAIN, _LARGE = 0x00, 0x11

_BARCODE_HEIGHT_DOTS = 80
_BARCODE_MODULE_DOTS = 2
_QR_MODULE_DOTS_MAX = 8
#: Bytes that QR versions 1, 2, 3 … hold at error correction M, ISO/IEC 18004 table 7; version v has 17 + 4v modules.
_QR_BYTES = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560)
_QR_QUIET_MODULES = 8


class Page(Struct, frozen=True, kw_only=True):
    """What the document is laid out for."""

    profile: Profile
    encoding: str


def render(document: ReceiptDocument, page: Page) -> bytes:
    """A checked document as a whole job. Raises DocumentInvalid with the element's path for what this printer lacks.

    Every job sets the printer up anew: whoever printed before may have left any state behind.
    """
    writer = _Writer(page)
    for index, element in enumerate(document.elements):
        writer.element(element, f"$.elements[{index}]")
    return bytes(writer.out)


class _Writer:
    """Bytes so far, and the modes that the printer is in."""

    def __init__(self, page: Page) -> None:
        self._profile = page.profile
        self._encoding = page.encoding
        self._align, self._bold, self._size = Align.LEFT, False, _PLAIN
        self.out = bytearray(_INITIALISE)
        if page.profile.status == "asb":
            self.out += ASB_ALL
        if page.profile.kanji_off:
            self.out += _KANJI_OFF
        self.out += _ESC + b"t" + bytes([page.profile.code_pages[page.encoding]])

    def element(self, element: Element, path: str) -> None:
        match element:
            case TextLine():
                self._text(element)
            case Columns():
                self._columns(element)
            case Rule():
                self._modes()
                self._line("-" * self._profile.columns)
            case Feed(lines=lines):
                self.out += _ESC + b"d" + bytes([lines])
            case QrCode(data=data):
                self._qr(data, f"{path}.qr.data")
            case Barcode():
                self._barcode(element, f"{path}.barcode.data")
            case Cut():
                self._cut(element)

    def _text(self, text: TextLine) -> None:
        self._modes(text.align, bold=text.bold, size=_LARGE if text.large else _PLAIN)
        for line in wrap(fit(text.text, self._encoding), self._profile.columns // (2 if text.large else 1)):
            self._line(line)

    def _columns(self, row: Columns) -> None:
        self._modes(bold=row.bold)
        for line in columns(fit(row.left, self._encoding), fit(row.right, self._encoding), self._profile.columns):
            self._line(line)

    def _qr(self, text: str, path: str) -> None:
        data = text.encode()
        # A printer obeys DLE commands wherever they stand, also inside data.
        if any(byte < 0x20 and byte not in b"\r\n\x1d" for byte in data):
            raise DocumentInvalid("holds control characters", path=path, reason="CONTROL_CHARACTER")
        self._modes(Align.CENTER)
        if not self._profile.qr:
            for line in wrap(fit(text, self._encoding), self._profile.columns):
                self._line(line)
            return
        for function in (b"A2\x00", b"C" + bytes([self._qr_module_dots(len(data))]), b"E1", b"P0" + data, b"Q0"):
            self.out += _GS + b"(k" + (len(function) + 1).to_bytes(2, "little") + b"1" + function

    def _qr_module_dots(self, length: int) -> int:
        version = next(index for index, capacity in enumerate(_QR_BYTES, 1) if length <= capacity)
        modules = 17 + 4 * version + _QR_QUIET_MODULES
        return max(1, min(_QR_MODULE_DOTS_MAX, self._profile.dots // modules))

    def _barcode(self, barcode: Barcode, path: str) -> None:
        ean13 = barcode.symbology is Symbology.EAN13
        command = b"\x43\x0d" + barcode.data.encode() if ean13 else self._code128(barcode.data, path)
        self._modes(Align.CENTER)
        self.out += _GS + b"h" + bytes([_BARCODE_HEIGHT_DOTS]) + _GS + b"w" + bytes([_BARCODE_MODULE_DOTS])
        # The digits below the bars, in case a scanner cannot read them.
        self.out += _GS + b"H\x02" + _GS + b"k" + command

    def _code128(self, data: str, path: str) -> bytes:
        pairs = bytes(int(data[place : place + 2]) for place in range(0, len(data), 2)) if data.isdigit() else b""
        # Two digits a symbol, unless one of them would be the DLE of a command.
        if pairs and len(data) % 2 == 0 and _DLE not in pairs:
            symbols = len(pairs)
            code = b"{C" + pairs
        else:
            symbols = len(data)
            code = b"{B" + data.replace("{", "{{").encode()
        # Start, check and stop symbols; ISO/IEC 15417.
        modules = 11 * (symbols + 2) + 13
        if modules * _BARCODE_MODULE_DOTS > self._profile.dots or len(code) > 255:
            detail = f"a Code 128 of {len(data)} characters is wider than the paper"
            raise DocumentInvalid(detail, path=path, reason="OUT_OF_RANGE")
        return b"\x49" + bytes([len(code)]) + code

    def _cut(self, cut: Cut) -> None:
        if self._profile.cut == "feed":
            self.out += _GS + b"V" + (b"\x42" if cut.partial else b"\x41") + b"\x00"
        elif self._profile.cut == "plain":
            self.out += _ESC + b"d\x04" + _GS + b"V" + (b"\x01" if cut.partial else b"\x00")
        else:
            self.out += _ESC + b"d\x04"

    def _line(self, text: str) -> None:
        self.out += text.encode(self._encoding) + _LF

    def _modes(self, align: Align = Align.LEFT, *, bold: bool = False, size: int = _PLAIN) -> None:
        if align != self._align:
            self.out += _ESC + b"a" + _ALIGNS[align]
        if bold != self._bold:
            self.out += _ESC + b"E" + bytes([bold])
        if size != self._size:
            self.out += _GS + b"!" + bytes([size])
        self._align, self._bold, self._size = align, bold, size
