"""The application, as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FleetConfig(AppConfig):
    """Gateways: who may connect, and what was heard of them."""

    name = "tillgate.central.fleet"
    label = "fleet"
    verbose_name = _("Gateways")
