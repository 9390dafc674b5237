"""The application, as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """Points, by double entry."""

    name = "tillgate.central.ledger"
    label = "ledger"
    verbose_name = _("Points")
