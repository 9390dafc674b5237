"""Pages of organisations and stores."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from tillgate.central.office.pages import OfficeAdmin

from .models import Organisation, Store


@admin.register(Organisation)
class OrganisationAdmin(OfficeAdmin):
    """The chain itself."""

    list_display = ("name", "currency", "stores")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        """With the number of stores."""
        rows: QuerySet[Organisation] = super().get_queryset(request)
        return rows.annotate(store_count=Count("stores"))

    @display(description=_("stores"), ordering="store_count")
    def stores(self, row: Organisation) -> int:
        """How many stores it has."""
        return int(row.store_count)  # type: ignore[attr-defined]  # Annotated above.


@admin.register(Store)
class StoreAdmin(SimpleHistoryAdmin, OfficeAdmin):
    """Stores with their local time."""

    list_display = ("name", "store_id", "address", "time_zone", "currency", "gateways")
    search_fields = ("name", "store_id", "address")
    fields = ("organisation", "store_id", "name", "address", "time_zone", "currency")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Store]:
        """With the number of gateways."""
        rows: QuerySet[Store] = super().get_queryset(request)
        return rows.annotate(gateway_count=Count("gateways"))

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> tuple[str, ...]:
        """Receipts name the store by its code: it stays."""
        return ("store_id", "organisation") if obj else ()

    @display(description=_("gateways"), ordering="gateway_count")
    def gateways(self, row: Store) -> int:
        """How many gateways stand in it."""
        return int(row.gateway_count)  # type: ignore[attr-defined]  # Annotated above.
