"""The admin's menu and look, as django-unfold's settings want them."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

__all__ = ["UNFOLD"]


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _page(title: Any, icon: str, model: str) -> dict[str, Any]:
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _may(f"{app}.view_{name}"),
    }


MENU = [
    {"items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse_lazy("admin:index")}]},
    {
        "title": _("Customers"),
        "separator": True,
        "items": [
            _page(_("Customers"), "group", "customers.customer"),
            _page(_("Card kinds"), "credit_card", "customers.cardkind"),
        ],
    },
    {
        "title": _("Sales"),
        "separator": True,
        "items": [
            _page(_("Receipts"), "receipt_long", "purchases.receipt"),
            _page(_("Quarantine"), "report", "purchases.quarantine"),
        ],
    },
    {
        "title": _("Points"),
        "separator": True,
        "items": [
            _page(_("Movements"), "sync_alt", "ledger.transaction"),
            _page(_("Entries"), "list_alt", "ledger.entry"),
            _page(_("Lots"), "hourglass_top", "ledger.lot"),
            _page(_("Holds"), "lock_clock", "ledger.hold"),
        ],
    },
    {
        "title": _("Programmes"),
        "separator": True,
        "items": [
            _page(_("Programmes"), "loyalty", "programmes.programme"),
            _page(_("Revisions"), "history_edu", "programmes.revision"),
            _page(_("Backtests"), "query_stats", "backtests.backtest"),
        ],
    },
    {
        "title": _("Chain"),
        "separator": True,
        "items": [
            _page(_("Stores"), "store", "stores.store"),
            _page(_("Gateways"), "router", "fleet.gateway"),
            _page(_("Organisations"), "domain", "stores.organisation"),
        ],
    },
    {
        "title": _("Access"),
        "separator": True,
        "items": [_page(_("Users"), "person", "auth.user"), _page(_("Roles"), "badge", "auth.group")],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Tillgate",
    "SITE_HEADER": "Tillgate",
    "SITE_SUBHEADER": _("central service"),
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("office/favicon.svg")}],
    "SITE_SYMBOL": "point_of_sale",
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [lambda _request: static("office/office.css")],
    "DASHBOARD_CALLBACK": "tillgate.central.office.dashboard.dashboard",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": MENU},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
}
