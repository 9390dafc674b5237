"""Pages of backtests: ask for one, watch it, read what came out."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from tillgate.accel.backtest import MECHANICAL
from tillgate.central.office.pages import ReadOnlyAdmin
from tillgate.central.programmes.models import Revision

from .forms import BacktestForm
from .launching import is_queued, launch, mark_lost
from .models import OPEN, Backtest, State
from .summary import heads_of, rules_of, totals_of

#: What a page of many, or a look at the bar, has no use for.
LARGE = (
    "document", "against_document", "report", "page_ru", "page_en", "revision__document", "against__document",
)  # fmt: skip
LABELS = {"waiting": "warning", "running": "info", "done": "success", "failed": "danger", "stopped": "warning"}


@admin.register(Backtest)
class BacktestAdmin(ReadOnlyAdmin):
    """Past receipts under another revision."""

    list_display = ("title", "state_label", "since", "until", "receipts", "created_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("revision__programme", "against__programme", "created_by")
    fields = ("revision", "against", "since", "until", "stores_asked", "created_by", "created_at", "ended_at")
    readonly_fields = fields
    change_form_outer_before_template = "backtests/result.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """From a revision's page, not from the list."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was looked at can go."""
        return request.user.has_perm("backtests.delete_backtest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Backtest]:
        """Without documents and reports, which are read where they are shown."""
        return super().get_queryset(request).defer(*LARGE)

    def get_urls(self) -> list[URLPattern]:
        """Those of a run beside the admin's own."""
        views = (
            ("revision/<int:pk>/start/", self.start, "start"),
            ("<int:pk>/progress.json", self.progress, "progress"),
            ("<int:pk>/stop/", self.stop, "stop"),
            ("<int:pk>/report.html", self.report, "report"),
            ("<int:pk>/report.json", self.document, "document"),
        )
        wrap = self.admin_site.admin_view
        own = [path(where, wrap(view), name=f"backtests_backtest_{name}") for where, view, name in views]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Without those that only seem to run."""
        mark_lost(timezone.now())
        return super().changelist_view(request, extra_context)

    @display(description=_("backtest"), ordering="pk")
    def title(self, row: Backtest) -> str:
        """Which revisions it compares."""
        return str(row)

    @display(description=_("stores"))
    def stores_asked(self, row: Backtest) -> str:
        """By their names."""
        return ", ".join(store.name for store in row.stores.all()) or gettext("all")

    @display(description=_("state"), label=LABELS, ordering="state")
    def state_label(self, row: Backtest) -> tuple[str, str]:
        """A coloured word."""
        return row.state, row.get_state_display()

    @display(description=_("receipts"), ordering="receipts_done")
    def receipts(self, row: Backtest) -> str:
        """How many were priced."""
        return number_format(row.receipts_done)

    def page_values(self, row: Backtest) -> dict[str, Any]:
        """The bar, or what came out."""
        mark_lost(timezone.now())
        row.refresh_from_db()
        language = _language()
        return {
            "backtest": row,
            "open": row.state in OPEN,
            "failure": row.failure_ru if language == "ru" else row.failure_en,
            "notes": [note[language] for note in row.report["notes"]] if row.report else (),
            "outdated": (row.document, row.against_document) != (row.revision.document, row.against.document),
            "heads": heads_of(row),
            "totals": totals_of(row.report, language) if row.report else None,
            "rules": rules_of(row.report, language) if row.report else (),
        }

    def start(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask over what period and against which revision, then begin."""
        if not request.user.has_perm("backtests.add_backtest"):
            raise PermissionDenied
        revision = get_object_or_404(Revision.objects.select_related("programme"), pk=pk)
        form = BacktestForm(revision, request.POST if request.method == "POST" else None)
        if form.is_valid():
            row = form.save(created_by=request.user)
            launch(row)
            return self.back_to(row)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Backtest"),
            "opts": self.opts,
            "revision": revision,
            "form": form,
            "mechanical": getattr(MECHANICAL, _language()),
        }
        return TemplateResponse(request, "backtests/start.html", context)

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is, for the bar."""
        now = timezone.now()
        mark_lost(now)
        row = self._row(request, pk)
        told = {"state": row.state, "done": row.receipts_done, "total": row.receipts_total}
        return JsonResponse({**told, "queued": row.state == State.WAITING and is_queued(pk, now)})

    def stop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let it end without a result. Its process notices within a second."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("backtests.add_backtest"):
            raise PermissionDenied
        row = self._row(request, pk)
        stopped = Backtest.objects.filter(pk=row.pk, state__in=OPEN)
        stopped.update(state=State.STOPPED, ended_at=timezone.now())
        return self.back_to(row)

    def report(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page with charts, in the language of the reader; `?download` keeps it as a file."""
        row = self._finished(request, pk)
        if row is None:
            return HttpResponseRedirect(reverse("admin:backtests_backtest_change", args=(pk,)))
        answer = HttpResponse(row.page_ru if _language() == "ru" else row.page_en)
        # The page brings its own style and nothing else.
        answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        if "download" in request.GET:
            answer.headers["Content-Disposition"] = f'attachment; filename="backtest-{pk}.html"'
        return answer

    def document(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The report as `tillgate backtest --json` prints it."""
        row = self._finished(request, pk)
        if row is None:
            return HttpResponseRedirect(reverse("admin:backtests_backtest_change", args=(pk,)))
        answer = JsonResponse(row.report, json_dumps_params={"ensure_ascii": False, "indent": 2})
        answer.headers["Content-Disposition"] = f'attachment; filename="backtest-{pk}.json"'
        return answer

    def _row(self, request: HttpRequest, pk: int) -> Backtest:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Backtest.objects.defer(*LARGE), pk=pk)

    def _finished(self, request: HttpRequest, pk: int) -> Backtest | None:
        row = self._row(request, pk)
        return row if row.state == State.DONE else None


def _language() -> str:
    return "ru" if (get_language() or "").startswith("ru") else "en"
