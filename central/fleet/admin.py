"""Pages of gateways."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from tillgate.central.office.pages import OfficeAdmin

from .models import ONLINE_WITHIN, Gateway, hash_token, new_token

LABELS = {"online": "success", "offline": "danger", "new": "info", "revoked": "warning"}


class StateFilter(admin.SimpleListFilter):
    """Online or offline."""

    title = _("connection")
    parameter_name = "connection"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        """What to choose from."""
        return [("online", _("online")), ("offline", _("offline"))]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        """Rows of the chosen kind."""
        since = timezone.now() - ONLINE_WITHIN
        if self.value() == "online":
            return queryset.filter(last_seen_at__gte=since, revoked=False)
        if self.value() == "offline":
            return queryset.exclude(last_seen_at__gte=since, revoked=False)
        return queryset


@admin.register(Gateway)
class GatewayAdmin(OfficeAdmin):
    """Who may connect, who is connected, and how much waits there."""

    list_display = ("gateway_id", "store", "connection", "heard", "queue_rows", "high_water", "version")
    list_filter = (StateFilter, "store", "revoked")
    search_fields = ("gateway_id", "store__name", "store__store_id")
    list_select_related = ("store",)
    actions_detail = ("new_token", "new_epoch")
    REPORTED = ("connection_text", "heard", "queue_rows", "high_water", "epoch", "version", "created_at")

    def get_fieldsets(self, request: HttpRequest, obj: Gateway | None = None) -> Any:
        """What is set here, and below it what the gateway reported."""
        own = (None, {"fields": ("gateway_id", "store", "revoked")})
        return (own, (_("Reported by the gateway"), {"fields": self.REPORTED})) if obj else (own,)

    def get_readonly_fields(self, request: HttpRequest, obj: Gateway | None = None) -> tuple[str, ...]:
        """A gateway's code stands in its own settings: it stays."""
        return (*self.REPORTED, "gateway_id") if obj else self.REPORTED

    @display(description=_("connection"), label=LABELS, ordering="last_seen_at")
    def connection(self, row: Gateway) -> tuple[str, str]:
        """A coloured word."""
        if row.revoked:
            return "revoked", gettext("revoked")
        if row.last_seen_at is None:
            return "new", gettext("never connected")
        if row.is_online(timezone.now()):
            return "online", gettext("online")
        return "offline", gettext("offline")

    @display(description=_("connection"))
    def connection_text(self, row: Gateway) -> str:
        """The same without its colour."""
        return str(self.connection(row)[1])

    @display(description=_("last heard"), ordering="last_seen_at")
    def heard(self, row: Gateway) -> str:
        """When, and how long ago."""
        if row.last_seen_at is None:
            return gettext("—")
        when = date_format(timezone.localtime(row.last_seen_at), "SHORT_DATETIME_FORMAT")
        return gettext("%(when)s (%(ago)s ago)") % {"when": when, "ago": timesince(row.last_seen_at, depth=1)}

    def save_model(self, request: HttpRequest, obj: Gateway, form: Any, change: bool) -> None:
        """A new gateway gets its secret."""
        if not change:
            token = new_token()
            obj.token_hash = hash_token(token)
            request.gateway_token = token  # type: ignore[attr-defined]  # For response_add, below.
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Gateway, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret in the answer itself: it is kept nowhere, not even in the session."""
        return self._show_token(request, obj, request.gateway_token)  # type: ignore[attr-defined]

    @action(description=_("New token"), icon="key", permissions=["change"])
    def new_token(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then replace the secret: the gateway that has the old one cannot connect any more."""
        row = Gateway.objects.get(pk=object_id)
        if request.method != "POST":
            return self._page(request, row, "office/gateway_new_token.html", _("New token"))
        token = new_token()
        Gateway.objects.filter(pk=row.pk).update(token_hash=hash_token(token))
        self.log_change(request, row, "New token.")
        return self._show_token(request, row, token)

    @action(description=_("New epoch"), icon="restart_alt", permissions=["change"])
    def new_epoch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then let the gateway begin anew with the journal that it has now."""
        row = Gateway.objects.get(pk=object_id)
        if request.method != "POST":
            text = gettext(
                "Give the gateway %(gateway)s a new epoch when it was refused because its journal was lost, replaced "
                "or restored from a copy, or because the database here was. It numbers what it has not delivered yet "
                "anew from 1, and the same sale never counts twice. Sales that were only in a lost journal are not "
                "recovered."
            )
            return self.ask(request, row, _("New epoch"), text % {"gateway": row.gateway_id}, _("Give a new epoch"))
        epoch = row.give_epoch()
        self.log_change(request, row, f"New epoch {epoch}.")
        messages.success(request, gettext("The gateway has epoch %(epoch)d now.") % {"epoch": epoch})
        return self.back_to(row)

    def _show_token(self, request: HttpRequest, row: Gateway, token: str) -> HttpResponse:
        return self._page(request, row, "office/gateway_token.html", _("Token of the gateway"), token=token)

    def _page(self, request: HttpRequest, row: Gateway, template: str, title: Any, **values: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "gateway": row,
            "original": row,
            "opts": self.opts,
            **values,
        }
        return TemplateResponse(request, template, context)
