"""Gateways as the central knows them."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from tillgate.central.stores.models import Store, slug_validator

__all__ = ["ONLINE_WITHIN", "Gateway", "hash_token", "new_token"]

#: A gateway that was heard within this time is online. The gRPC server notes a living stream every 15 s.
ONLINE_WITHIN = timedelta(seconds=45)


def new_token() -> str:
    """A gateway's secret. Shown once, stored only as its hash."""
    return f"tg_{secrets.token_urlsafe(32)}"


def hash_token(token: str) -> str:
    """SHA-256 of a token, hex. A token is random and long, so that a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


class Gateway(models.Model):
    """One daemon in one store.

    What comes from the gateway itself (epoch to queue_rows) is written by the gRPC server with plain updates.
    """

    gateway_id = models.CharField(_("gateway code"), max_length=64, unique=True, validators=[slug_validator])
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="gateways", verbose_name=_("store"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    epoch = models.PositiveIntegerField(_("epoch"), default=1, editable=False)
    #: Made with the journal's file. Empty until the gateway names one in this epoch.
    journal_id = models.CharField(max_length=64, blank=True, default="", editable=False)
    high_water = models.BigIntegerField(_("events received"), default=0, editable=False)
    customers_cursor = models.BigIntegerField(_("customers cursor"), default=0, editable=False)
    last_seen_at = models.DateTimeField(_("last heard"), null=True, blank=True, editable=False)
    version = models.CharField(_("version"), max_length=64, blank=True, editable=False)
    queue_rows = models.BigIntegerField(_("queue"), null=True, blank=True, editable=False)
    revoked = models.BooleanField(_("revoked"), default=False, help_text=_("A revoked gateway cannot connect."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        ordering = ("gateway_id",)

    def __str__(self) -> str:
        return self.gateway_id

    def give_epoch(self) -> int:
        """Let the gateway number its events anew, from whatever journal it has now; the new epoch.

        Waits for a batch that is being applied.
        """
        with transaction.atomic():
            locked = Gateway.objects.select_for_update().get(pk=self.pk)
            locked.epoch, locked.high_water, locked.journal_id, locked.queue_rows = locked.epoch + 1, 0, "", None
            locked.save(update_fields=["epoch", "high_water", "journal_id", "queue_rows"])
        return locked.epoch

    def is_online(self, now: datetime) -> bool:
        """Whether its stream was alive a moment ago."""
        return not self.revoked and self.last_seen_at is not None and now - self.last_seen_at <= ONLINE_WITHIN
