"""The application, as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BacktestsConfig(AppConfig):
    """Past receipts priced by another revision."""

    name = "tillgate.central.backtests"
    label = "backtests"
    verbose_name = _("Backtests")
