"""Receipt documents: from the contract to the domain's types, which know the limits."""

from tillgate.core import receipt
from tillgate.core.errors import DocumentInvalid
from tillgate.type.v1 import receipt_document_pb2 as wire

__all__ = ["check_document", "receipt_from_proto"]

ALIGNS = {
    wire.ALIGN_UNSPECIFIED: receipt.Align.LEFT,
    wire.ALIGN_LEFT: receipt.Align.LEFT,
    wire.ALIGN_CENTER: receipt.Align.CENTER,
    wire.ALIGN_RIGHT: receipt.Align.RIGHT,
}
SYMBOLOGIES = {
    wire.BARCODE_SYMBOLOGY_EAN13: receipt.Symbology.EAN13,
    wire.BARCODE_SYMBOLOGY_CODE128: receipt.Symbology.CODE128,
}


def check_document(document: wire.ReceiptDocument) -> None:
    """Refuse what cannot be printed. Raises DocumentInvalid with the field's path, from `$.document`."""
    try:
        receipt.check_document(receipt_from_proto(document))
    except DocumentInvalid as error:
        raise DocumentInvalid(error.detail, path=f"$.document{error.path[1:]}", **error.metadata) from error


def receipt_from_proto(document: wire.ReceiptDocument) -> receipt.ReceiptDocument:
    """The domain's document. Raises DocumentInvalid for elements and values it does not know."""
    # A document far past the limit is refused by its size, not converted first.
    elements = document.elements[: receipt.ELEMENTS_MAX + 1]
    return receipt.ReceiptDocument(
        tuple(_element(element, f"$.elements[{index}]") for index, element in enumerate(elements))
    )


def _element(element: wire.ReceiptElement, path: str) -> receipt.Element:
    match element.WhichOneof("element"):
        case "text":
            text = element.text
            if text.align not in ALIGNS:
                raise _unknown(f"{path}.text.align")
            return receipt.TextLine(text.text, ALIGNS[text.align], text.bold, text.large)
        case "columns":
            return receipt.Columns(element.columns.left, element.columns.right, element.columns.bold)
        case "rule":
            return receipt.Rule()
        case "feed":
            return receipt.Feed(element.feed.lines)
        case "qr":
            return receipt.QrCode(element.qr.data)
        case "barcode":
            if element.barcode.symbology not in SYMBOLOGIES:
                raise _unknown(f"{path}.barcode.symbology")
            return receipt.Barcode(SYMBOLOGIES[element.barcode.symbology], element.barcode.data)
        case "cut":
            return receipt.Cut(element.cut.partial)
    raise _unknown(path)


def _unknown(path: str) -> DocumentInvalid:
    return DocumentInvalid("not known here", path=path, reason="UNKNOWN_VALUE")
