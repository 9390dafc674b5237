"""The editor's page and what it asks of the server."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from google.protobuf.message import DecodeError
from msgspec import to_builtins

from tillgate.central.office.words import money
from tillgate.central.purchases.baskets import basket_document
from tillgate.central.purchases.models import Receipt
from tillgate.core.errors import Refusal
from tillgate.core.figures import money_frame

from .drafts import DOCUMENT_BYTES_MAX, Stale, fingerprint, save_draft
from .editor import described, differences
from .history import compare, state_of
from .models import Programme, Revision, RevisionState
from .phrases import phrases
from .publishing import current_revision
from .sampling import asked_of_samples, names_to_choose, price, sample_basket

__all__ = ["Workbench", "page_language", "starting_document"]

#: A document and a receipt beside it.
REQUEST_BYTES_MAX = DOCUMENT_BYTES_MAX + (1 << 20)
RECEIPTS_SHOWN = 30
REVISIONS_SHOWN = 200
VIEW, ADD, CHANGE = "programmes.view_revision", "programmes.add_revision", "programmes.change_revision"
PUBLISH, RECEIPTS = "programmes.publish_revision", "purchases.view_receipt"
View = Callable[..., HttpResponse]


def needs(permission: str, method: str = "GET") -> Callable[[View], View]:
    """Refuse whoever lacks a permission, and other methods."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != method:
                return HttpResponseNotAllowed([method])
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(self, request, *args, **kwargs)

        return checked

    return decorate


def page_language() -> str:
    """Of the page: ru or en."""
    return "ru" if (get_language() or "").startswith("ru") else "en"


def starting_document(programme: Programme) -> str:
    """What a new draft begins with: the newest published document that was not called off, or the least that is one."""
    newest = programme.revisions.filter(active_from__isnull=False).order_by("-revision").first()
    if newest is not None:
        return newest.document
    organisation = programme.organisation
    points = {"points": {"digits": organisation.points_digits}} if organisation.points_digits else {}
    document = {"format": 1, "id": programme.code, "revision": 1, "currency": organisation.currency, **points}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


class Workbench:
    """Pages and answers, hung up below the admin's revisions."""

    def __init__(self, admin: "ModelAdmin[Revision]") -> None:
        self.admin = admin

    def urls(self) -> list[URLPattern]:
        """Before those of the admin itself."""
        views: tuple[tuple[str, View, str], ...] = (
            ("programme/<int:pk>/", self.new, "editor_new"),
            ("<int:pk>/editor/", self.edit, "editor"),
            ("programme/<int:pk>/save/", self.save, "editor_save"),
            ("programme/<int:pk>/price/", self.price, "editor_price"),
            ("programme/<int:pk>/receipts/", self.receipts, "editor_receipts"),
            ("programme/<int:pk>/receipts/<uuid:receipt>/", self.receipt, "editor_receipt"),
            ("<int:pk>/document.json", self.download, "document"),
            ("programme/<int:pk>/compare/", self.compare, "compare"),
        )
        wrap = self.admin.admin_site.admin_view
        return [path(where, wrap(view), name=f"programmes_revision_{name}") for where, view, name in views]

    @needs(ADD)
    def new(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft that nobody has saved yet."""
        programme = get_object_or_404(Programme.objects.select_related("organisation"), pk=pk)
        return self._page(request, programme, None, starting_document(programme))

    @needs(VIEW)
    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft to edit, or any revision to look at."""
        row = get_object_or_404(Revision.objects.select_related("programme__organisation"), pk=pk)
        return self._page(request, row.programme, row, row.document)

    def _page(self, request: HttpRequest, programme: Programme, row: Revision | None, text: str) -> HttpResponse:
        may = request.user.has_perm
        receipts = may(RECEIPTS)
        editable = may(ADD) if row is None else row.state == RevisionState.DRAFT and may(CHANGE)
        number = f" · {row.revision}" if row else ""
        data = {
            "language": page_language(),
            "money": money_frame(programme.organisation.currency, page_language()),
            "title": f"{programme.name}{number}",
            "phrases": phrases(),
            "description": described(page_language()),
            "names": names_to_choose(programme, page_language(), receipts=receipts),
            "sample": sample_basket(programme, receipts=receipts),
            "document": msgspec.json.decode(text),
            "editable": editable,
            "may": {"publish": may(PUBLISH), "receipts": receipts},
            "saved": _saved(row) if row else None,
            "urls": {
                "programme": reverse("admin:programmes_programme_change", args=(programme.pk,)),
                "save": reverse("admin:programmes_revision_editor_save", args=(programme.pk,)),
                "price": reverse("admin:programmes_revision_editor_price", args=(programme.pk,)),
                "receipts": reverse("admin:programmes_revision_editor_receipts", args=(programme.pk,)),
            },
        }
        context = {
            **self.admin.admin_site.each_context(request),
            "title": f"{programme.name}{number}",
            "opts": self.admin.opts,
            "data": data,
            "is_fullwidth": "1",
            "is_nav_sidebar_enabled": False,
            "show_back_button": True,
        }
        return TemplateResponse(request, "programmes/editor.html", context)

    @needs(VIEW, "POST")
    def price(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The sample receipt under the document as it is on the page."""
        programme = get_object_or_404(Programme.objects.select_related("organisation"), pk=pk)
        body = _body(request)
        if body is None:
            return _refused(gettext("This is no JSON, or it is larger than 4 MiB."))
        return JsonResponse(price(programme, body.get("document"), body.get("basket"), page_language()))

    @needs(VIEW, "POST")
    def save(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep a draft; 409 with what the other one wrote when it has changed meanwhile."""
        programme = get_object_or_404(Programme.objects.select_related("organisation"), pk=pk)
        body = _body(request)
        if body is None:
            return _refused(gettext("This is no JSON, or it is larger than 4 MiB."))
        number, document = body.get("revision_id"), body.get("document")
        if not request.user.has_perm(ADD if number is None else CHANGE):
            raise PermissionDenied
        if not isinstance(document, dict) or not (number is None or isinstance(number, int)):
            return _refused(gettext("A programme is a JSON object."))
        try:
            row = save_draft(programme, document, number, str(body.get("base", "")))
        except Stale as stale:
            return JsonResponse(_theirs(stale.revision, document), status=409)
        except Refusal as error:
            words = error.text or error.told
            return _refused(words.ru if page_language() == "ru" else words.en)
        if number is None:
            self.admin.log_addition(request, row, "Saved in the editor.")
        else:
            self.admin.log_change(request, row, "Saved in the editor.")
        return JsonResponse({"saved": _saved(row)})

    @needs(RECEIPTS)
    def receipts(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The newest receipts of the chain's, to take one as a sample."""
        organisation = get_object_or_404(Programme, pk=pk).organisation
        rows = Receipt.objects.filter(organisation=organisation, currency=organisation.currency)
        newest = rows.select_related("store", "customer").order_by("-committed_at")[:RECEIPTS_SHOWN]
        found = [
            {
                "url": reverse("admin:programmes_revision_editor_receipt", args=(pk, row.pk)),
                "time": date_format(timezone.localtime(row.committed_at), "SHORT_DATETIME_FORMAT"),
                "store": row.store.name,
                "guest": row.customer is not None,
                "total": money(row.total_minor, row.currency),
            }
            for row in newest
        ]
        return JsonResponse({"receipts": found})

    @needs(RECEIPTS)
    def receipt(self, request: HttpRequest, pk: int, receipt: str) -> HttpResponse:
        """One of them as a basket."""
        programme = get_object_or_404(Programme, pk=pk)
        rows = Receipt.objects.select_related("store", "customer").filter(organisation=programme.organisation_id)
        try:
            return JsonResponse(
                {"basket": basket_document(get_object_or_404(rows, pk=receipt), asked_of_samples(programme))}
            )
        except DecodeError as error:
            raise Http404 from error

    @needs(VIEW)
    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What differs between two revisions; unless asked otherwise, between what is in force and the newest."""
        programme = get_object_or_404(Programme.objects.select_related("organisation"), pk=pk)
        now = timezone.now()
        current = current_revision(programme.organisation_id, now)
        rows = list(programme.revisions.defer("document").order_by("-revision")[:REVISIONS_SHOWN])
        by_key = {str(row.pk): row for row in rows}
        new = by_key.get(request.GET.get("new", "")) or (rows[0] if rows else None)
        others = [row for row in (current, *rows) if row is not None and row != new and row.programme_id == pk]
        old = by_key.get(request.GET.get("old", "")) or (others[0] if others else None)
        context = {
            **self.admin.admin_site.each_context(request),
            "title": gettext("Compare two revisions"),
            "opts": self.admin.opts,
            "choices": [(row, state_of(row, current, now)[1]) for row in rows],
            "old": old,
            "new": new,
            "comparison": compare(old.document, new.document, page_language()) if old and new else None,
        }
        return TemplateResponse(request, "programmes/compare.html", context)

    @needs(VIEW)
    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The document as a file."""
        row = get_object_or_404(Revision.objects.select_related("programme"), pk=pk)
        name = f"{row.programme.code}-{row.revision}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(row.document, content_type="application/json; charset=utf-8", headers=headers)


def _body(request: HttpRequest) -> dict[str, Any] | None:
    """A JSON object of a size that a programme may have."""
    if len(request.body) > REQUEST_BYTES_MAX:
        return None
    try:
        found = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refused(words: str) -> HttpResponse:
    return JsonResponse({"error": words}, status=400)


def _saved(row: Revision) -> dict[str, Any]:
    """What the page remembers of the draft it shows."""
    return {
        "id": row.pk,
        "number": row.revision,
        "base": fingerprint(row.document),
        "state": row.state,
        "editor": reverse("admin:programmes_revision_editor", args=(row.pk,)),
        "publish": reverse("admin:programmes_revision_publish_now", args=(row.pk,)),
        "download": reverse("admin:programmes_revision_document", args=(row.pk,)),
    }


def _theirs(row: Revision | None, mine: dict[str, Any]) -> dict[str, Any]:
    """Who was faster, and what differs."""
    if row is None:
        return {"saved": None, "words": gettext("Somebody has deleted this draft.")}
    if row.state != RevisionState.DRAFT:
        return {"saved": None, "words": gettext("Somebody has published this draft.")}
    entries = LogEntry.objects.filter(
        content_type__app_label="programmes", content_type__model="revision", object_id=row.pk
    )
    who = entries.order_by("-action_time").values_list("user__username", flat=True).first() or "—"
    changes = [to_builtins(change) for change in differences(mine, msgspec.json.decode(row.document), page_language())]
    words = gettext("%(who)s has saved this draft meanwhile.") % {"who": who}
    return {"saved": _saved(row), "words": words, "document": msgspec.json.decode(row.document), "changes": changes}
