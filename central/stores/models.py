"""Organisations and stores."""

import secrets
import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

__all__ = ["Organisation", "Store", "check_time_zone", "new_identifier_key", "slug_validator"]

#: How stores and gateways are named on the wire.
slug_validator = RegexValidator(
    r"^[a-z0-9][a-z0-9-]{0,63}\Z", _("Lower-case Latin letters, digits and hyphens; a letter or a digit first.")
)
currency_validator = RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, for example RUB."))


def new_identifier_key() -> bytes:
    """The key under which an organisation's identifiers are hashed."""
    return secrets.token_bytes(32)


def check_time_zone(name: str) -> None:
    """Accept IANA names that this machine knows."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("There is no time zone “%(name)s”. Write for example Europe/Moscow."), params={"name": name}
        )


class Organisation(models.Model):
    """A chain: customers, cards and programmes belong to it."""

    name = models.CharField(_("name"), max_length=200)
    currency = models.CharField(_("currency"), max_length=3, default="RUB", validators=[currency_validator])
    points_digits = models.PositiveSmallIntegerField(
        _("decimals of a point"),
        default=0,
        validators=[MaxValueValidator(2)],
        help_text=_("Every balance is kept in such parts of a point: choose it before the first programme."),
    )
    identifier_key = models.BinaryField(max_length=32, default=new_identifier_key, editable=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class Store(models.Model):
    """A shop with its local time."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="stores", verbose_name=_("organisation")
    )
    store_id = models.CharField(_("store code"), max_length=64, unique=True, validators=[slug_validator])
    name = models.CharField(_("name"), max_length=200)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Moscow", validators=[check_time_zone])
    currency = models.CharField(_("currency"), max_length=3, default="RUB", validators=[currency_validator])
    address = models.CharField(_("address"), max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
