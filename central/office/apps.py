"""The application, as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    """The web admin: dashboard, roles, navigation."""

    name = "tillgate.central.office"
    label = "office"
    verbose_name = _("Office")
