"""The application, as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    """Organisations and their stores."""

    name = "tillgate.central.stores"
    label = "stores"
    verbose_name = _("Stores")
