"""Backtests: what was asked, how far it is, what came out."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tillgate.central.programmes.models import Revision
from tillgate.central.stores.models import Store

__all__ = ["OPEN", "Backtest", "State"]


class State(models.TextChoices):
    """Where a backtest stands."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    STOPPED = "stopped", _("stopped")


#: States that something can still come of.
OPEN = (State.WAITING, State.RUNNING)


class Backtest(models.Model):
    """One run. The documents are kept as they were: a draft goes on changing."""

    revision = models.ForeignKey(
        Revision, on_delete=models.CASCADE, related_name="backtests", verbose_name=_("new revision")
    )
    against = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+", verbose_name=_("compared with"))
    document = models.TextField(editable=False)
    against_document = models.TextField(editable=False)
    since = models.DateField(_("from day"))
    until = models.DateField(_("to day"))
    stores = models.ManyToManyField(Store, blank=True, related_name="+", verbose_name=_("stores"))
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.WAITING, editable=False)
    #: Receipts priced, and how many there were to price when it began.
    receipts_done = models.BigIntegerField(_("receipts"), default=0, editable=False)
    receipts_total = models.BigIntegerField(default=0, editable=False)
    #: The report document of `tillgate backtest --json`.
    report = models.JSONField(null=True, editable=False)
    page_ru = models.TextField(blank=True, editable=False)
    page_en = models.TextField(blank=True, editable=False)
    failure_ru = models.CharField(max_length=500, blank=True, editable=False)
    failure_en = models.CharField(max_length=500, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    #: When its process last said that it lives.
    seen_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    class Meta:
        verbose_name = _("backtest")
        verbose_name_plural = _("backtests")
        ordering = ("-pk",)

    def __str__(self) -> str:
        new, old = self.revision, self.against
        if new.programme_id != old.programme_id:
            return gettext("%(new)s against %(old)s") % {"new": new, "old": old}
        words = gettext("%(programme)s: revision %(new)s against %(old)s")
        return words % {"programme": new.programme.name, "new": new.revision, "old": old.revision}
