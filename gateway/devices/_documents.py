"""Receipt documents as a till sends them, checked before anything is stored or sent."""

from tillgate.core.errors import DocumentInvalid
from tillgate.plugins.sdk.receipts import receipt_from_proto
from tillgate.type.v1 import receipt_document_pb2

__all__ = ["check_document"]


def check_document(document: receipt_document_pb2.ReceiptDocument) -> None:
    """Refuse what cannot be printed. Raises DocumentInvalid with the field's path, from `$.document`."""
    try:
        receipt_from_proto(document)
    except DocumentInvalid as error:
        raise DocumentInvalid(error.detail, path=f"$.document{error.path[1:]}", **error.metadata) from error
