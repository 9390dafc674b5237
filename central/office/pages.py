"""What the admin's pages share."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline

from tillgate.central.stores.models import Organisation

__all__ = ["OfficeAdmin", "ReadOnlyAdmin", "ReadOnlyInline"]


class _Page(ModelAdmin):
    """Filters by a button, and values of its own for the page of one row."""

    list_filter_submit = True
    list_per_page = 50

    def page_values(self, row: Any) -> dict[str, Any]:
        """What the page's own templates need about its row."""
        return {}

    def ask(self, request: HttpRequest, row: Any, title: Any, text: Any, button: Any) -> HttpResponse:
        """A page that says what will happen, with a button that posts to the same address."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "text": text,
            "button": button,
            "original": row,
            "opts": self.opts,
        }
        return TemplateResponse(request, "office/ask.html", context)

    def back_to(self, row: Any) -> HttpResponse:
        """To the page of a row."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=(row.pk,)))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add page_values to the page of an existing row."""
        if obj is not None:
            context.update(self.page_values(obj))
        return super().render_change_form(request, context, add, change, form_url, obj)


class OfficeAdmin(_Page):
    """A page to edit things on."""

    warn_unsaved_form = True

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what was changed on the page and nothing else.

        Balances, high-water marks and the like are written beside it by the gateways' server; the values that this
        page was loaded with must not come back.
        """
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in obj._meta.concrete_fields}
        changed = columns.intersection(form.changed_data)
        if changed:
            obj.save(update_fields=changed)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The first organisation is the likely one."""
        first = Organisation.objects.order_by("pk").first()
        likely = {"organisation": str(first.pk)} if first else {}
        return {**likely, **super().get_changeform_initial_data(request)}


class _Unchangeable:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False


class ReadOnlyAdmin(_Unchangeable, _Page):
    """A page to look things up on; the rows are written elsewhere."""

    actions = None


class ReadOnlyInline(_Unchangeable, TabularInline):
    """Rows that belong to the page's one."""

    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of them."""
        return self.fields
