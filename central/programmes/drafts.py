"""Drafts as the editor keeps them: they may be unfinished, and nobody's work is overwritten unseen."""

import hashlib
import json
from typing import Any

from django.db import transaction

from tillgate.core import Text
from tillgate.core.errors import Refusal

from .models import Programme, Revision, RevisionState
from .publishing import next_revision

__all__ = ["DOCUMENT_BYTES_MAX", "Stale", "fingerprint", "save_draft"]

DOCUMENT_BYTES_MAX = 4 * 1024 * 1024


class Stale(Exception):
    """The draft is not what the writer began with: somebody else has saved, published or deleted it."""

    def __init__(self, revision: Revision | None) -> None:
        super().__init__("the draft has changed")
        self.revision = revision


def fingerprint(text: str) -> str:
    """What a writer began with."""
    return hashlib.sha256(text.encode()).hexdigest()


def save_draft(programme: Programme, document: dict[str, Any], revision: int | None, base: str) -> Revision:
    """Write a draft, a new one where `revision` (its primary key) is None. The document need not be finished.

    Raises Stale when the draft is not the one whose fingerprint is `base`, Refusal for what no database can keep.
    """
    with transaction.atomic():
        Programme.objects.select_for_update().get(pk=programme.pk)
        if revision is None:
            row = Revision(programme=programme, revision=next_revision(programme))
        else:
            row = _unchanged(programme, revision, base)
        row.document = _text(document, row.revision)
        row.save()
    return row


def _unchanged(programme: Programme, revision: int, base: str) -> Revision:
    row = Revision.objects.select_for_update().filter(pk=revision, programme=programme).first()
    if row is None or row.state != RevisionState.DRAFT or fingerprint(row.document) != base:
        raise Stale(row)
    return row


def _text(document: dict[str, Any], number: int) -> str:
    text = json.dumps({**document, "revision": number}, ensure_ascii=False, indent=2)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise Refusal(Text("в тексте половина суррогатной пары", "a text holds half of a surrogate pair")) from error
    if size > DOCUMENT_BYTES_MAX:
        raise Refusal(Text("документ больше 4 МиБ", "the document is larger than 4 MiB"))
    return text
