"""Bytes for paper: every job stands alone, and Russian text comes out in the printer's own code page."""

import pytest

from tillgate.core.errors import DocumentInvalid, SettingsInvalid
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
)
from tillgate.plugins.escpos_printer import PrinterSettings, chosen_profile, load_profiles
from tillgate.plugins.escpos_printer._paper import Printer
from tillgate.plugins.escpos_printer._render import Page, render
from tillgate.plugins.escpos_printer._text import fit
from tillgate.plugins.sdk.receipts import receipt_from_proto
from tillgate.type.v1 import receipt_document_pb2 as messages


def rendered(*elements: Element, **given: object) -> bytes:
    settings = PrinterSettings(**given)  # type: ignore[arg-type]
    page = Page(profile=chosen_profile(settings, load_profiles()), encoding=settings.code_page)
    return render(ReceiptDocument(elements), page)


@pytest.mark.parametrize(
    ("text", "encoding", "paper"),
    [
        ("Итого 1\u00a0500,00 ₽", "cp866", "Итого 1 500,00 руб."),
        ("«Ромашка» — №5", "cp866", '"Ромашка" - №5'),
        ("«Ромашка» — №5", "cp1251", "«Ромашка» — №5"),
        ("Ёлка, їжак", "cp866", "Ёлка, їжак"),
        ("Café Zürich ≥ 3×2…", "cp866", "Cafe Zurich >= 3x2..."),
        ("½ ﬁ", "cp866", "12 fi"),
        ("漢", "cp866", "?"),
        ("a\x1b@\x10\x04\x01b\u200bc\u00ad", "cp866", "a@bc"),
    ],
)
def test_every_character_is_one_that_the_page_has(text: str, encoding: str, paper: str) -> None:
    assert fit(text, encoding) == paper
    paper.encode(encoding)


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ({}, "1b40 1d610f 1b7411"),
        ({"code_page": "cp1251"}, "1b40 1d610f 1b742e"),
        ({"profile": "generic"}, "1b40 1c2e 1b7411"),
        ({"profile": "rongta"}, "1b40 1c2e 1b7407"),
        ({"profile": "pos5890", "code_page": "cp1251"}, "1b40 1c2e 1b7449"),
        ({"code_page_number": 59}, "1b40 1d610f 1b743b"),
    ],
)
def test_every_job_sets_the_printer_up_anew(given: dict[str, object], start: str) -> None:
    assert rendered(TextLine("a"), **given) == bytes.fromhex(start) + b"a\n"


def test_bytes_of_every_element() -> None:
    start = rendered(Rule())[:-43]
    assert rendered(Rule()) == start + b"-" * 42 + b"\n"
    large = rendered(TextLine("ИТОГ", Align.CENTER, bold=True, large=True), TextLine("x"))
    assert (
        large == start + b"\x1ba\x01\x1bE\x01\x1d!\x11" + "ИТОГ".encode("cp866") + b"\n\x1ba\x00\x1bE\x00\x1d!\x00x\n"
    )
    assert rendered(Feed(3)) == start + b"\x1bd\x03"
    assert rendered(Cut(partial=True)) == start + b"\x1dVB\x00"
    assert rendered(Cut(partial=False)) == start + b"\x1dVA\x00"
    assert rendered(Barcode(Symbology.EAN13, "4006381333931")) == (
        start + b"\x1ba\x01\x1dh\x50\x1dw\x02\x1dH\x02\x1dk\x43\x0d4006381333931"
    )
    assert rendered(QrCode("https://a.ru")) == (
        start
        + b"\x1ba\x01\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x08\x1d(k\x03\x001E1"
        + b"\x1d(k\x0f\x001P0https://a.ru\x1d(k\x03\x001Q0"
    )
    assert rendered(Barcode(Symbology.CODE128, "a{b")).endswith(b"\x1dk\x49\x06{Ba{{b")
    assert rendered(Barcode(Symbology.CODE128, "123456")).endswith(b"\x1dk\x49\x05{C\x0c\x22\x38")


def test_no_digits_become_a_real_time_command() -> None:
    """Pairs 16 04 01 would be DLE EOT 1 in code set C."""
    assert b"\x10" not in rendered(Barcode(Symbology.CODE128, "160401"))


def test_no_text_becomes_a_command() -> None:
    assert b"\x10" not in rendered(TextLine("a\x10\x04\x01\x1b@"))
    with pytest.raises(DocumentInvalid):
        rendered(QrCode("a\x10\x04\x01"))


def test_columns_stay_within_the_paper() -> None:
    printer = Printer(42)
    printer.receive(
        rendered(
            Columns("Молоко", "89,90 ₽"),
            Columns("Очень длинное название товара, которому одной строки мало", "1 089,90 ₽"),
            TextLine("Слово " * 12, Align.RIGHT),
            TextLine("Большими буквами на весь чек", large=True),
        )
    )
    assert printer.text.splitlines() == [
        "Молоко                          89,90 руб.",
        "Очень длинное название товара, которому",
        "одной строки мало            1 089,90 руб.",
        "  Слово Слово Слово Слово Слово Слово Слово"[1:],
        "             Слово Слово Слово Слово Слово",
        "Большими буквами на",
        "весь чек",
    ]


@pytest.mark.parametrize("length", [1, 14, 15, 100, 512])
@pytest.mark.parametrize("profile", ["epson", "pos5890"])
def test_a_qr_code_fits_the_paper(length: int, profile: str) -> None:
    data = rendered(QrCode("q" * length), profile=profile)
    dots = data[data.index(b"1C") + 2]
    version = next(v for v, most in zip(range(1, 41), CAPACITY_M, strict=False) if length <= most)
    assert dots >= 3
    assert dots * (17 + 4 * version + 8) <= load_profiles()[profile].dots


# ISO/IEC 18004, bytes at level M.
CAPACITY_M = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560)


def test_a_barcode_wider_than_the_paper_is_refused() -> None:
    with pytest.raises(DocumentInvalid) as caught:
        rendered(Rule(), Barcode(Symbology.CODE128, "A" * 40))
    assert caught.value.path == "$.elements[1].barcode.data"


def test_settings_that_contradict_each_other_are_refused() -> None:
    profiles = load_profiles()
    with pytest.raises(SettingsInvalid, match="code_page_number"):
        chosen_profile(PrinterSettings(profile="rongta", code_page="cp858"), profiles)
    assert chosen_profile(PrinterSettings(profile="rongta", code_page="cp858", code_page_number=3), profiles)
    with pytest.raises(SettingsInvalid):
        chosen_profile(PrinterSettings(profile="abacus"), profiles)
    assert chosen_profile(PrinterSettings(columns=32, replies="none"), profiles).confirm == "none"


def test_a_document_from_the_wire_is_checked() -> None:
    def refused(element: messages.ReceiptElement) -> str:
        with pytest.raises(DocumentInvalid) as caught:
            receipt_from_proto(messages.ReceiptDocument(elements=[element]))
        return caught.value.path

    element = messages.ReceiptElement
    assert refused(element()) == "$.elements[0]"
    assert refused(element(feed=messages.Feed(lines=99))) == "$.elements[0].feed.lines"
    assert refused(element(barcode=messages.Barcode(data="1"))) == "$.elements[0].barcode.symbology"
    assert refused(element(text=messages.TextLine(text="\x1b@"))) == "$.elements[0].text.text"
    everything = messages.ReceiptDocument(
        elements=[
            element(text=messages.TextLine(text="a", align=messages.ALIGN_RIGHT, bold=True, large=True)),
            element(columns=messages.Columns(left="a", right="b", bold=True)),
            element(rule=messages.Rule()),
            element(feed=messages.Feed(lines=1)),
            element(qr=messages.QrCode(data="q")),
            element(barcode=messages.Barcode(symbology=messages.BARCODE_SYMBOLOGY_CODE128, data="c")),
            element(cut=messages.Cut(partial=False)),
        ]
    )
    assert receipt_from_proto(everything).elements == (
        TextLine("a", Align.RIGHT, bold=True, large=True),
        Columns("a", "b", bold=True),
        Rule(),
        Feed(1),
        QrCode("q"),
        Barcode(Symbology.CODE128, "c"),
        Cut(partial=False),
    )
