"""A programme's revisions in time, and what differs between two of them."""

import difflib
import json
import re
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from msgspec import Struct

from .editor import Change, differences
from .models import Programme, Revision, RevisionState
from .publishing import current_revision

__all__ = ["Comparison", "Mark", "compare", "state_of", "timeline"]

MARKS_MAX = 12
LINES_MAX = 5_000
#: Between the first line that differs and the last one, in both documents: comparing takes the square of it.
LINES_COMPARED_MAX = 10_000
CONTEXT = 2
REVISION = re.compile(r'^  "revision": \d+', re.MULTILINE)


class Mark(Struct, frozen=True):
    """A revision on the timeline: draft, current, scheduled or retired."""

    revision: Revision
    state: str
    label: str
    when: str
    can_call_off: bool


class Comparison(Struct, frozen=True):
    """What changed in words, and line by line: the first character of a line and the line; None if that is too long."""

    changes: list[Change]
    lines: list[tuple[str, str]] | None


def state_of(row: Revision, current: Revision | None, now: datetime) -> tuple[str, str]:
    """Where a revision stands, as a style and as a word."""
    if row.state == RevisionState.DRAFT:
        return "draft", gettext("draft")
    if current is not None and row.pk == current.pk:
        return "current", gettext("in force")
    if row.state == RevisionState.PUBLISHED and row.active_from is not None and row.active_from > now:
        return "scheduled", gettext("scheduled")
    return "retired", gettext("retired")


def timeline(programme: Programme, now: datetime) -> list[Mark]:
    """The newest revisions, past ones first, then what is in force, what is to come, drafts last."""
    current = current_revision(programme.organisation_id, now)
    rows: QuerySet[Revision] = programme.revisions.defer("document").order_by("-revision")[:MARKS_MAX]
    order = {"retired": 0, "current": 1, "scheduled": 2, "draft": 3}
    marks = [_mark(row, *state_of(row, current, now)) for row in rows]
    return sorted(marks, key=lambda mark: (order[mark.state], mark.revision.active_from or now, mark.revision.revision))


def _mark(row: Revision, state: str, label: str) -> Mark:
    begins = row.active_from if row.state != RevisionState.DRAFT else None
    when = date_format(timezone.localtime(begins), "SHORT_DATETIME_FORMAT") if begins else ""
    return Mark(row, state, label, when, state == "scheduled")


def compare(old: str, new: str, language: str) -> Comparison:
    """Two documents as they are stored; drafts may be unfinished."""
    changes = differences(json.loads(old or "{}"), json.loads(new), language)
    before, after = (REVISION.sub("", text, count=1).splitlines() for text in (old, new))
    head = _same(before, after)
    tail = _same(before[head:][::-1], after[head:][::-1])
    first = max(head - CONTEXT, 0)
    before, after = (lines[first : len(lines) - max(tail - CONTEXT, 0)] for lines in (before, after))
    if len(before) + len(after) > LINES_COMPARED_MAX:
        return Comparison(changes, None)
    found = list(difflib.unified_diff(before, after, lineterm="", n=CONTEXT))[2:]
    lines = [("@", "…") if line.startswith("@@") else (line[:1], line) for line in found]
    return Comparison(changes, lines[:LINES_MAX])


def _same(one: list[str], other: list[str]) -> int:
    """How many lines are the same from the beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))
