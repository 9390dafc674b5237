"""The application, as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """Customers, their identifiers and cards."""

    name = "tillgate.central.customers"
    label = "customers"
    verbose_name = _("Customers")
