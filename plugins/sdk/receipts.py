"""Receipt documents as they travel become the domain's own."""

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
)
from tillgate.type.v1 import receipt_document_pb2 as messages

__all__ = ["receipt_from_proto"]

_ALIGNS = {
    messages.ALIGN_UNSPECIFIED: Align.LEFT,
    messages.ALIGN_LEFT: Align.LEFT,
    messages.ALIGN_CENTER: Align.CENTER,
    messages.ALIGN_RIGHT: Align.RIGHT,
}
_SYMBOLOGIES = {
    messages.BARCODE_SYMBOLOGY_EAN13: Symbology.EAN13,
    messages.BARCODE_SYMBOLOGY_CODE128: Symbology.CODE128,
}


def receipt_from_proto(message: messages.ReceiptDocument) -> ReceiptDocument:
    """The document, checked. Raises DocumentInvalid with the path of the first thing wrong."""
    elements = (_element(element, f"$.elements[{index}]") for index, element in enumerate(message.elements))
    document = ReceiptDocument(tuple(elements))
    check_document(document)
    return document


def _element(message: messages.ReceiptElement, path: str) -> Element:
    match message.WhichOneof("element"):
        case "text":
            text = message.text
            return TextLine(text.text, _align(text.align, path), text.bold, text.large)
        case "columns":
            return Columns(message.columns.left, message.columns.right, message.columns.bold)
        case "rule":
            return Rule()
        case "feed":
            return Feed(message.feed.lines)
        case "qr":
            return QrCode(message.qr.data)
        case "barcode":
            return Barcode(_symbology(message.barcode.symbology, path), message.barcode.data)
        case "cut":
            return Cut(message.cut.partial)
    raise DocumentInvalid("an element of no known kind", path=path, reason="UNKNOWN_VALUE")


def _align(value: messages.Align.ValueType, path: str) -> Align:
    if value not in _ALIGNS:
        raise DocumentInvalid(f"alignment {value} is not known", path=f"{path}.text.align", reason="UNKNOWN_VALUE")
    return _ALIGNS[value]


def _symbology(value: messages.BarcodeSymbology.ValueType, path: str) -> Symbology:
    if value not in _SYMBOLOGIES:
        detail = f"symbology {value} is not known"
        raise DocumentInvalid(detail, path=f"{path}.barcode.symbology", reason="UNKNOWN_VALUE")
    return _SYMBOLOGIES[value]
