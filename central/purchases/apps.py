"""The application, as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PurchasesConfig(AppConfig):
    """Receipts that came from the stores."""

    name = "tillgate.central.purchases"
    label = "purchases"
    verbose_name = _("Purchases")
