"""What a commit must be before it is priced, and what makes two of them the same."""

import hashlib

from tillgate.core.errors import BadRequest, TendersMismatch
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest

__all__ = ["check_request", "check_tenders", "request_hash"]

TENDERS_MAX = 20
TENDER_TYPE_LENGTH_MAX = 32
FISCAL_LENGTH_MAX = 64


def request_hash(request: CommitRequest) -> bytes:
    """What makes two requests of one id the same: everything but the id."""
    content = CommitRequest()
    content.CopyFrom(request)
    content.ClearField("purchase_id")
    return hashlib.sha256(content.SerializeToString(deterministic=True)).digest()


def check_request(request: CommitRequest) -> None:
    """Limits of what the calculator does not see. Raises BadRequest."""
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
