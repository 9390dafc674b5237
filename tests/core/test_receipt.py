"""A slip keeps its limits and fits the paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    check_document,
    render_text,
)


def test_a_slip_as_text() -> None:
    slip = ReceiptDocument(
        (
            TextLine("Магазин", Align.CENTER, bold=True),
            Rule(),
            Columns("Кофе в зёрнах", "1000.00"),
            Columns("Очень длинное название товара", "9.99"),
            TextLine("Спасибо!", Align.RIGHT),
            Feed(2),
            QrCode("https://example.org"),
            Barcode(Symbology.EAN13, "4006381333931"),
            Cut(),
        )
    )
    check_document(slip)
    assert render_text(slip, 24).splitlines() == [
        "        Магазин",
        "------------------------",
        "Кофе в зёрнах    1000.00",
        "Очень длинное название",
        "товара              9.99",
        "                Спасибо!",
        "",
        "",
        "[QR https://example.org]",
        " [EAN13 4006381333931]",
        "- - - - - - - - - - - -",
    ]


@pytest.mark.parametrize(
    ("element", "path", "reason"),
    [
        (TextLine("a\x1bb"), "$.elements[0].text.text", "CONTROL_CHARACTER"),
        (TextLine("\ud800"), "$.elements[0].text.text", "CONTROL_CHARACTER"),
        (Columns("a", "b\n"), "$.elements[0].columns.right", "CONTROL_CHARACTER"),
        (Feed(0), "$.elements[0].feed.lines", "OUT_OF_RANGE"),
        (Feed(11), "$.elements[0].feed.lines", "OUT_OF_RANGE"),
        (QrCode(""), "$.elements[0].qr.data", "OUT_OF_RANGE"),
        (QrCode("ж" * 257), "$.elements[0].qr.data", "OUT_OF_RANGE"),
        (Barcode(Symbology.EAN13, "4006381333932"), "$.elements[0].barcode.data", "UNKNOWN_VALUE"),
        (Barcode(Symbology.CODE128, "ж"), "$.elements[0].barcode.data", "OUT_OF_RANGE"),
        (Barcode(Symbology.CODE128, ""), "$.elements[0].barcode.data", "OUT_OF_RANGE"),
    ],
)
def test_what_cannot_be_printed_is_refused(element: Element, path: str, reason: str) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        check_document(ReceiptDocument((element,)))
    assert (caught.value.path, caught.value.metadata["reason"]) == (path, reason)


def test_a_slip_is_neither_empty_nor_endless() -> None:
    for elements, reason in (
        ((), "EMPTY"),
        ((Rule(),) * 401, "TOO_MANY"),
        ((TextLine("ж" * 100),) * 100, "TOO_LARGE"),
    ):
        with pytest.raises(DocumentInvalid) as caught:
            check_document(ReceiptDocument(elements))
        assert caught.value.metadata["reason"] == reason
    check_document(ReceiptDocument((Rule(),) * 400))


def test_paper_that_is_too_narrow_is_refused() -> None:
    with pytest.raises(DocumentInvalid):
        render_text(ReceiptDocument((Rule(),)), 15)


WORDS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=120)


@given(
    st.lists(
        st.one_of(
            st.builds(TextLine, WORDS, st.sampled_from(Align), st.booleans(), st.booleans()),
            st.builds(Columns, WORDS, WORDS),
            st.just(Rule()),
            st.builds(Feed, st.integers(1, 10)),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(16, 64),
)
def test_no_line_is_wider_than_the_paper_and_no_word_is_lost(elements: list[Element], width: int) -> None:
    text = render_text(ReceiptDocument(tuple(elements)), width)
    assert all(len(line) <= width for line in text.splitlines())
    shown = "".join(text.split())
    for element in elements:
        if isinstance(element, TextLine):
            assert "".join(element.text.split()) in shown
