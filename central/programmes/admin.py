"""Pages of programmes and their revisions."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from tillgate.central.office.pages import OfficeAdmin
from tillgate.core.errors import ProgrammeInvalid, Refusal

from .drafts import fingerprint
from .forms import PublishForm, RevisionForm, describe
from .history import compare, state_of, timeline
from .models import Programme, Revision, RevisionState
from .publishing import call_off, check, current_revision, publish, roll_back, scheduled, where_in_force
from .workbench import Workbench, page_language, starting_document

LABELS = {"current": "success", "scheduled": "info", "draft": "warning", "retired": "danger"}


@admin.register(Programme)
class ProgrammeAdmin(OfficeAdmin):
    """Programmes: what is in force, and the way to the next revision."""

    list_display = ("name", "code", "in_force", "since", "drafts")
    search_fields = ("name", "code")
    actions_detail = ("edit_current",)
    change_form_outer_after_template = "programmes/revisions.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Programme | None = None) -> tuple[str, ...]:
        """Receipts name a programme by its code: it stays."""
        return ("code", "organisation") if obj else ()

    @display(description=_("in force"))
    def in_force(self, row: Programme) -> str:
        """The revision that stores compute with."""
        current = current_revision(row.organisation_id, timezone.now())
        return str(current.revision) if current and current.programme_id == row.pk else "—"

    @display(description=_("since"))
    def since(self, row: Programme) -> str:
        """From when on."""
        current = current_revision(row.organisation_id, timezone.now())
        if current is None or current.programme_id != row.pk or current.active_from is None:
            return "—"
        return date_format(timezone.localtime(current.active_from), "SHORT_DATETIME_FORMAT")

    @display(description=_("drafts"))
    def drafts(self, row: Programme) -> int:
        """How many wait to be published."""
        return row.revisions.filter(state=RevisionState.DRAFT).count()

    def has_write_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Whoever may add revisions."""
        return request.user.has_perm("programmes.add_revision")

    @action(description=_("New draft"), icon="edit_note", permissions=["write"])
    def edit_current(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the editor on what is in force; nothing is written before it is saved there."""
        return HttpResponseRedirect(reverse("admin:programmes_revision_editor_new", args=(object_id,)))

    def page_values(self, row: Programme) -> dict[str, Any]:
        """Its revisions, on a line of time and in a table."""
        now = timezone.now()
        current = current_revision(row.organisation_id, now)
        revisions = row.revisions.defer("document").select_related("published_by").order_by("-revision")[:50]
        marks = timeline(row, now)
        return {"revisions": [(one, *state_of(one, current, now)) for one in revisions], "marks": marks}


@admin.register(Revision)
class RevisionAdmin(OfficeAdmin):
    """Revisions: drafts are edited, published ones are read."""

    form = RevisionForm
    list_display = ("title", "state_label", "active_from", "published_at", "published_by", "created_at")
    list_filter = ("programme", "state")
    list_select_related = ("programme", "published_by")
    actions_detail = ("open_editor", "backtest", "publish_now", "call_off_it", "roll_back_to")
    FACTS = ("state_text", "active_from", "published_at", "published_by", "sha256")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        """With the key of what is in force in the chain, and documents left out until one is read."""
        in_force = where_in_force(OuterRef("programme__organisation"), timezone.now()).values("pk")[:1]
        rows: QuerySet[Revision] = super().get_queryset(request)
        return rows.defer("document").annotate(in_force=Subquery(in_force))

    def get_fieldsets(self, request: HttpRequest, obj: Revision | None = None) -> Any:
        """A document; of a published one only its facts and its text."""
        if obj is None:
            return ((None, {"fields": ("programme", "document", "upload")}),)
        if obj.state == RevisionState.DRAFT:
            return ((None, {"fields": ("programme", "revision", "document", "upload", "base")}),)
        return ((None, {"fields": ("programme", "revision", *self.FACTS)}), (_("Document"), {"fields": ("text",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Revision | None = None) -> tuple[str, ...]:
        """A revision keeps its programme and number."""
        return ("programme", "revision", "text", *self.FACTS) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Revision | str | None = None) -> bool:
        """What was published stays as it was."""
        draft = not isinstance(obj, Revision) or obj.state == RevisionState.DRAFT
        return draft and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Revision | str | None = None) -> bool:
        """Only drafts go, one by one."""
        draft = isinstance(obj, Revision) and obj.state == RevisionState.DRAFT
        return draft and bool(super().has_delete_permission(request, obj))

    def has_publish_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """A right of its own, apart from writing drafts."""
        return request.user.has_perm("programmes.publish_revision")

    def get_urls(self) -> list[URLPattern]:
        """The editor's beside the admin's own."""
        return [*Workbench(self).urls(), *super().get_urls()]

    @action(description=_("Open in the editor"), icon="edit_note", permissions=["view"])
    def open_editor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Forms, a sample receipt, examples."""
        return HttpResponseRedirect(reverse("admin:programmes_revision_editor", args=(object_id,)))

    def has_backtest_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Whoever may study programmes."""
        return request.user.has_perm("backtests.add_backtest")

    @action(description=_("Backtest…"), icon="query_stats", permissions=["backtest"])
    def backtest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What it would have made of the receipts of these weeks."""
        return HttpResponseRedirect(reverse("admin:backtests_backtest_start", args=(object_id,)))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """A draft is published, any other one can be rolled back to."""
        row = self.get_object(request, str(object_id))
        draft = row is not None and row.state == RevisionState.DRAFT
        scheduled = row is not None and state_of(row, None, timezone.now())[0] == "scheduled"
        unwanted = ("roll_back_to" if draft else "publish_now", *(() if scheduled else ("call_off_it",)))
        found = super().get_actions_detail(request, object_id)
        return [item for item in found if not item.action_name.endswith(unwanted)]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The document in force, of the programme asked for or of the only one."""
        initial = super().get_changeform_initial_data(request)
        programmes = Programme.objects.select_related("organisation").order_by("pk")
        chosen = programmes.filter(pk=initial["programme"]) if initial.get("programme", "").isdigit() else programmes
        programme = chosen.first()
        if programme is None:
            return initial
        return {"programme": str(programme.pk), "document": starting_document(programme), **initial}

    @display(description=_("revision"), ordering="revision")
    def title(self, row: Revision) -> str:
        """Programme and number."""
        return str(row)

    @display(description=_("state"), label=LABELS, ordering="state")
    def state_label(self, row: Revision) -> tuple[str, str]:
        """A coloured word."""
        current = row if row.in_force == row.pk else None  # type: ignore[attr-defined]  # Of get_queryset().
        return state_of(row, current, timezone.now())

    @display(description=_("state"))
    def state_text(self, row: Revision) -> str:
        """The same without its colour."""
        return str(self.state_label(row)[1])

    @display(description="")
    def text(self, row: Revision) -> str:
        """The document as it was published."""
        return format_html('<pre class="tg-code tg-tall">{}</pre>', row.document)

    def save_model(self, request: HttpRequest, obj: Revision, form: Any, change: bool) -> None:
        """A draft's number is in its document."""
        if not change:
            obj.revision = _number(obj)
        obj.save()

    @action(description=_("Publish…"), icon="publish", permissions=["publish"])
    def publish_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would change, then publish."""
        row = get_object_or_404(self._rows(), pk=object_id)
        form = PublishForm(request.POST if request.method == "POST" else None)
        if not form.is_valid() or self._changed(request, row):
            return self._confirm(request, row, _("Publish a revision"), form=form)
        return self._carry_out(
            request,
            row,
            lambda: publish(row, request.user, timezone.now(), form.cleaned_data["active_from"]),  # type: ignore[arg-type]  # Signed in.
        )

    @action(description=_("Roll back to this…"), icon="undo", permissions=["publish"])
    def roll_back_to(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would change, then publish the old document under a new number."""
        row = get_object_or_404(self._rows(), pk=object_id)
        if request.method != "POST" or self._changed(request, row):
            return self._confirm(request, row, _("Roll back"), form=None)
        return self._carry_out(request, row, lambda: roll_back(row, request.user, timezone.now()))  # type: ignore[arg-type]  # Signed in.

    @action(description=_("Call off…"), icon="event_busy", permissions=["publish"])
    def call_off_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then keep what is scheduled from coming into force."""
        row = get_object_or_404(self._rows(), pk=object_id)
        if request.method != "POST":
            when = date_format(timezone.localtime(row.active_from), "SHORT_DATETIME_FORMAT") if row.active_from else "—"
            text = _("Revision %(number)d will not come into force at %(when)s. What is in force now stays.")
            return self.ask(
                request, row, _("Call off a revision"), text % {"number": row.revision, "when": when}, _("Call off")
            )
        try:
            call_off(row, timezone.now())
        except Refusal as error:
            messages.error(request, _said(error))
            return self.back_to(row)
        self.log_change(request, row, "Called off.")
        messages.success(request, gettext("Revision %(number)d is called off.") % {"number": row.revision})
        return HttpResponseRedirect(reverse("admin:programmes_programme_change", args=(row.programme_id,)))

    def _rows(self) -> QuerySet[Revision]:
        return Revision.objects.select_related("programme__organisation")

    def _changed(self, request: HttpRequest, row: Revision) -> bool:
        """Whether the page that was agreed to showed something else than there is now; then it is shown anew."""
        now = _shown(row, current_revision(row.programme.organisation_id, timezone.now()))
        changed = request.POST.get("shown", now) != now
        if changed:
            messages.warning(request, gettext("Something has changed meanwhile. Look at the changes again."))
        return changed

    def _confirm(self, request: HttpRequest, row: Revision, title: Any, form: PublishForm | None) -> HttpResponse:
        now = timezone.now()
        current = current_revision(row.programme.organisation_id, now)
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "original": row,
            "revision": row,
            "current": current,
            "shown": _shown(row, current),
            "called_off": scheduled(row.programme.organisation_id, now),
            "form": form,
            "wrong": _wrong(row),
            "comparison": compare(current.document if current else "", row.document, page_language()),
            "media": form.media if form else "",
        }
        return TemplateResponse(request, "programmes/publish.html", context)

    def _carry_out(self, request: HttpRequest, row: Revision, deed: Any) -> HttpResponse:
        here = reverse("admin:programmes_revision_change", args=(row.pk,))
        try:
            done: Revision = deed()
        except ProgrammeInvalid as error:
            for sentence in describe(error):
                messages.error(request, sentence)
            return HttpResponseRedirect(reverse("admin:programmes_revision_editor", args=(row.pk,)))
        except Refusal as error:
            messages.error(request, _said(error))
            return HttpResponseRedirect(here)
        self.log_change(request, done, "Published.")
        words = gettext("Revision %(number)d is published. Connected gateways have it within seconds.")
        messages.success(request, words % {"number": done.revision})
        return HttpResponseRedirect(reverse("admin:programmes_revision_change", args=(done.pk,)))


def _shown(row: Revision, current: Revision | None) -> str:
    """Which document a page asks about, and what it is compared with."""
    return f"{fingerprint(row.document)}:{current.pk if current else 0}"


def _wrong(row: Revision) -> list[str]:
    """Why a document cannot be published, if it cannot."""
    try:
        check(row.document, row.programme, row.revision)
    except ProgrammeInvalid as error:
        return describe(error)
    return []


def _said(error: Refusal) -> str:
    words = error.text or error.told
    return words.ru if page_language() == "ru" else words.en


def _number(row: Revision) -> int:
    """The number that checking wrote into the document."""
    return int(json.loads(row.document)["revision"])
