"""From a JSON document to what the tills compute with: check, draft, publish, roll back."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from tillgate.accel import check_examples
from tillgate.central.purchases import tell_counts
from tillgate.core import Programme as Document
from tillgate.core import Text, parse_programme
from tillgate.core.checks import check_programme
from tillgate.core.days import window_start
from tillgate.core.errors import ProgrammeInvalid, Refusal
from tillgate.core.windows import turnover_windows, use_windows

from .models import Programme, Revision, RevisionState

__all__ = [
    "call_off",
    "check",
    "current_revision",
    "new_draft",
    "next_revision",
    "parse",
    "publish",
    "published_document",
    "roll_back",
    "scheduled",
    "where_in_force",
]


def check(text: str, programme: Programme, revision: int) -> str:
    """The document as it would be published: with its revision, in one layout, its own examples kept.

    Raises ProgrammeInvalid for the first error, the others in `more`.
    """
    parse(text, programme)
    document = {**json.loads(text), "revision": revision}
    parsed = parse(document, programme)
    check_programme(parsed)
    check_examples(parsed)
    return json.dumps(document, ensure_ascii=False, indent=2)


def parse(document: str | object, programme: Programme) -> Document:
    """A document that the programme may have: of its code, currency and decimals. Raises ProgrammeInvalid."""
    parsed = parse_programme(document)
    if parsed.id != programme.code:
        words = Text(
            f"это документ программы «{parsed.id}», а не «{programme.code}»",
            f"the document is of {parsed.id!r}, not of {programme.code!r}",
        )
        raise ProgrammeInvalid(words, path="$.id", reason="UNKNOWN_VALUE")
    organisation = programme.organisation
    if parsed.currency != organisation.currency:
        currency = organisation.currency
        words = Text(f"валюта организации — {currency}", f"the organisation's currency is {currency}")
        raise ProgrammeInvalid(words, path="$.currency", reason="UNKNOWN_VALUE")
    if parsed.points.digits != organisation.points_digits:
        digits = organisation.points_digits
        words = Text(
            f"у баллов организации знаков после точки: {digits}", f"the organisation's points have {digits} decimals"
        )
        raise ProgrammeInvalid(words, path="$.points.digits", reason="UNKNOWN_VALUE")
    return parsed


def call_off(revision: Revision, now: datetime) -> None:
    """Let what is scheduled never come into force. Raises Refusal when it has, or was not published."""
    with transaction.atomic():
        row = Revision.objects.select_for_update().get(pk=revision.pk)
        if row.state != RevisionState.PUBLISHED or row.active_from is None or row.active_from <= now:
            raise Refusal(
                Text("отменить можно только то, что ещё не началось", "only what is to come can be called off")
            )
        row.state, row.active_from = RevisionState.RETIRED, None
        row.save()


def next_revision(programme: Programme) -> int:
    """One more than the newest."""
    newest = programme.revisions.aggregate(newest=Max("revision"))["newest"]
    return (newest or 0) + 1


def new_draft(programme: Programme, text: str) -> Revision:
    """A draft of a checked document. Raises ProgrammeInvalid."""
    with transaction.atomic():
        number = next_revision(Programme.objects.select_for_update().get(pk=programme.pk))
        return Revision.objects.create(programme=programme, revision=number, document=check(text, programme, number))


def publish(revision: Revision, user: User | None, now: datetime, active_from: datetime | None = None) -> Revision:
    """Let the stores compute with it, at once or from a moment to come.

    Raises ProgrammeInvalid, and Refusal when the draft is not as `revision` holds it any more.
    """
    with transaction.atomic():
        row = Revision.objects.select_for_update().select_related("programme__organisation").get(pk=revision.pk)
        if row.state != RevisionState.DRAFT:
            raise Refusal(Text("опубликовать можно только черновик", "only a draft can be published"))
        if row.document != revision.document:
            raise Refusal(
                Text("черновик тем временем изменился: посмотрите его ещё раз", "the draft has changed meanwhile")
            )
        row.document = check(row.document, row.programme, row.revision)
        row.sha256 = hashlib.sha256(row.document.encode()).hexdigest()
        row.state = RevisionState.PUBLISHED
        row.active_from = max(active_from or now, now)
        row.published_at, row.published_by = now, user
        _tell_counts(row, now)
        row.save()
        _retire_others(row, now)
    return row


def _tell_counts(row: Revision, now: datetime) -> None:
    """What no programme counted in these windows was of no interest to the gateways so far."""
    organisation = row.programme.organisation
    uses, turnover = _windows(row)
    known = [_windows(other) for other in _held(organisation.pk, now)]
    used = {rule for rule, window in uses.items() if all(each.get(rule) != window for each, _ in known)}
    bought = turnover.difference(*(each for _, each in known))
    yesterday = now.date() - timedelta(days=1)  # Somewhere on Earth it is still yesterday.
    since = min((window_start(window, yesterday) for window in bought), default=None)
    tell_counts(transaction.get_connection(), organisation.pk, used=used, bought_since=since, now=now)


def _held(organisation: int, now: datetime) -> list[Revision]:
    """What gateways hold: what is in force, and what is to come."""
    in_force = current_revision(organisation, now)
    return [*scheduled(organisation, now), *([in_force] if in_force else [])]


def _windows(revision: Revision) -> tuple[dict[str, str], frozenset[str]]:
    try:
        programme = parse_programme(revision.document)
    except ProgrammeInvalid:  # Of an earlier version of the calculator: what it said is told anew.
        return {}, frozenset()
    return use_windows(programme), turnover_windows(programme)


def scheduled(organisation: int, now: datetime) -> QuerySet[Revision]:
    """What is published and to come. Publishing another revision calls it off."""
    return Revision.objects.filter(
        programme__organisation=organisation, state=RevisionState.PUBLISHED, active_from__gt=now
    )


def _retire_others(row: Revision, now: datetime) -> None:
    """What would come into force later is called off; what is in force stays until the new one is."""
    organisation = row.programme.organisation_id
    scheduled(organisation, now).exclude(pk=row.pk).update(state=RevisionState.RETIRED, active_from=None)
    if row.active_from == now:
        published = Revision.objects.filter(programme__organisation=organisation, state=RevisionState.PUBLISHED)
        published.exclude(pk=row.pk).update(state=RevisionState.RETIRED)


def roll_back(revision: Revision, user: User | None, now: datetime) -> Revision:
    """Publish an earlier document again, under a new number: gateways only ever go forward."""
    with transaction.atomic():
        if revision.state == RevisionState.DRAFT:
            raise Refusal(Text("черновик ещё не действовал", "a draft was never in force"))
        return publish(new_draft(revision.programme, revision.document), user, now)


def current_revision(organisation: int | None, now: datetime) -> Revision | None:
    """What the stores of an organisation compute with at that moment."""
    return where_in_force(organisation, now).first()


def where_in_force(organisation: Any, now: datetime) -> QuerySet[Revision]:
    """What the stores of an organisation (its key, or an expression) compute with: the first of these."""
    published = Revision.objects.filter(programme__organisation=organisation, state=RevisionState.PUBLISHED)
    in_force = published.filter(Q(active_from__isnull=True) | Q(active_from__lte=now))
    return in_force.order_by("-active_from", "-published_at", "-pk")


def published_document(organisation: int | None, now: datetime | None = None) -> dict[str, Any]:
    """The document in force; empty when there is none."""
    revision = current_revision(organisation, now or timezone.now())
    document: dict[str, Any] = json.loads(revision.document) if revision else {}
    return document
