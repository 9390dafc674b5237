"""The application, as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammesConfig(AppConfig):
    """Loyalty programmes and their revisions."""

    name = "tillgate.central.programmes"
    label = "programmes"
    verbose_name = _("Programmes")
