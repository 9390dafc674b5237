"""What a commit must be before it is priced, and what makes two of them the same."""

import hashlib
from collections.abc import Iterable, Iterator

from google.protobuf.message import Message

from tillgate.core.errors import BadRequest, BasketInvalid, TendersMismatch
from tillgate.core.text import Text
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest

__all__ = ["check_request", "check_tenders", "check_text", "request_hash"]

TENDERS_MAX = 20
TENDER_TYPE_LENGTH_MAX = 32
FISCAL_LENGTH_MAX = 64


def request_hash(request: CommitRequest) -> bytes:
    """What makes two requests of one id the same: everything but the id."""
    content = CommitRequest()
    content.CopyFrom(request)
    content.ClearField("purchase_id")
    return hashlib.sha256(content.SerializeToString(deterministic=True)).digest()


def check_text(request: Message) -> None:
    """No text may hold a NUL: the central service's database keeps none. Raises BasketInvalid, BadRequest."""
    # It shows in the encoding, where hardly anything else is zero: few requests are looked through.
    if b"\0" not in request.SerializeToString():
        return
    for path in _paths_of_nul(request, "$"):
        if path.startswith("$.basket."):
            raise BasketInvalid(Text("в тексте есть знак NUL", "a NUL in it"), path=path, reason="UNKNOWN_VALUE")
        raise BadRequest("a NUL in it", path=path)


def _paths_of_nul(value: object, path: str) -> Iterator[str]:
    if isinstance(value, Message):
        for field, inner in value.ListFields():
            yield from _paths_of_nul(inner, f"{path}.{field.name}")
    elif isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, Iterable):
        for index, inner in enumerate(value):
            yield from _paths_of_nul(inner, f"{path}[{index}]")


def check_request(request: CommitRequest) -> None:
    """Limits of what the calculator does not see. Raises BadRequest, BasketInvalid."""
    check_text(request)
    if len(request.tenders) > TENDERS_MAX:
        raise BadRequest(f"at most {TENDERS_MAX}", path="$.tenders")
    for index, tender in enumerate(request.tenders):
        if not 1 <= len(tender.type) <= TENDER_TYPE_LENGTH_MAX or not tender.type.isprintable():
            raise BadRequest(f"1 to {TENDER_TYPE_LENGTH_MAX} printable characters", path=f"$.tenders[{index}].type")
        if tender.amount_minor < 0:
            raise BadRequest("money taken is not negative", path=f"$.tenders[{index}].amount_minor")
    for name in ("drive_number", "document_number", "sign"):
        if len(getattr(request.fiscal_sign, name)) > FISCAL_LENGTH_MAX:
            raise BadRequest(f"at most {FISCAL_LENGTH_MAX} characters", path=f"$.fiscal_sign.{name}")


def check_tenders(request: CommitRequest, wanted: int) -> None:
    """What was taken is what it costs, in minor units. Raises TendersMismatch."""
    given = sum(tender.amount_minor for tender in request.tenders)
    if given != wanted:
        raise TendersMismatch(
            f"tenders add up to {given}, to pay is {wanted}",
            path="$.tenders",
            given_minor=str(given),
            total_minor=str(wanted),
        )
