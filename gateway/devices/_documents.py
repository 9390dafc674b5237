"""Receipt documents: from the contract to the domain's types, which know the limits."""

from tillgate.core.errors import DocumentInvalid
from tillgate.type.v1 import receipt_document_pb2

__all__ = ["check_document"]


def check_document(document: receipt_document_pb2.ReceiptDocument) -> None:
    """Raises DocumentInvalid with the element's path."""
    if not document.elements:
        raise DocumentInvalid("a document has at least one element", path="$.document.elements")
