"""Customers, what identifies them, and the log of changes that gateways read."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from tillgate.central.stores.models import Organisation, slug_validator

__all__ = ["CardKind", "Change", "Customer", "Identifier", "IdentifierKind"]


class IdentifierKind(models.TextChoices):
    """What an identifier is."""

    PHONE = "phone", _("phone")
    CARD = "card", _("card")


def _texts(value: Any) -> Iterator[str]:
    """All texts inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from (*_texts(name), *_texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _is_broken(text: str) -> bool:
    """Whether it holds a NUL, which PostgreSQL does not keep, or half of a surrogate pair, which is no UTF-8."""
    return any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


class CardKind(models.Model):
    """A kind of loyalty card and the numbers it may have."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="card_kinds", verbose_name=_("organisation")
    )
    kind = models.CharField(_("code"), max_length=64, validators=[slug_validator])
    name_ru = models.CharField(_("name in Russian"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    pattern = models.CharField(
        _("number pattern"),
        max_length=64,
        help_text=_(
            "Digits are fixed, # is any digit, * any further digits, C an EAN-13 check digit, "
            "L a Luhn digit: 2900########C."
        ),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("card kind")
        verbose_name_plural = _("card kinds")
        ordering = ("kind",)
        constraints = [models.UniqueConstraint(fields=("organisation", "kind"), name="card_kind_once")]

    def __str__(self) -> str:
        return self.kind


class Customer(models.Model):
    """A guest of the chain.

    `points_available`, `purchases`, `turnover_minor` and the purchase times follow from the ledger and the receipts;
    nothing else writes them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="customers", verbose_name=_("organisation")
    )
    first_name = models.CharField(
        _("first name"), max_length=100, blank=True, help_text=_("The till greets the guest with it.")
    )
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    tier = models.CharField(_("tier"), max_length=64, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    registered_at = models.DateTimeField(_("registered"), default=timezone.now)
    card_kind = models.CharField(_("card kind"), max_length=64, blank=True)
    blocked = models.BooleanField(
        _("blocked"), default=False, help_text=_("A blocked customer collects points but cannot spend them.")
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    segments = models.JSONField(_("segments"), default=list, blank=True)
    version = models.PositiveBigIntegerField(default=1, editable=False)
    purchases = models.PositiveIntegerField(_("purchases"), default=0, editable=False)
    turnover_minor = models.BigIntegerField(_("turnover"), default=0, editable=False)
    first_purchase_at = models.DateTimeField(_("first purchase"), null=True, blank=True, editable=False)
    last_purchase_at = models.DateTimeField(_("last purchase"), null=True, blank=True, editable=False)
    points_available = models.BigIntegerField(_("points"), default=0, editable=False)
    history = HistoricalRecords(
        excluded_fields=[
            "version",
            "purchases",
            "turnover_minor",
            "first_purchase_at",
            "last_purchase_at",
            "points_available",
        ]
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("last_name", "first_name", "id")
        indexes = [models.Index(fields=("organisation", "phone"), name="customer_by_phone")]

    def clean(self) -> None:
        """Words that the database and the tills can keep. JSON may hold what is no text."""
        super().clean()
        errors = {
            name: _("There is a character in it that no text may have.")
            for name in ("attributes", "segments")
            if any(_is_broken(text) for text in _texts(getattr(self, name)))
        }
        if errors:
            raise ValidationError(errors)

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.phone or str(self.id)


class Identifier(models.Model):
    """A phone number or a card number of one customer, normalised."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="identifiers", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=IdentifierKind.choices)
    value = models.CharField(_("number"), max_length=64)
    #: HMAC-SHA-256 of kind and value under the organisation's identifier_key: all that gateways get to see.
    hash = models.BinaryField(max_length=32, editable=False)
    blocked = models.BooleanField(_("blocked"), default=False, help_text=_("A blocked card is refused at the till."))
    history = HistoricalRecords(excluded_fields=["hash"])

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("phones and cards")
        ordering = ("kind", "value")
        constraints = [models.UniqueConstraint(fields=("organisation", "hash"), name="identifier_once")]

    def __str__(self) -> str:
        return self.value


class Change(models.Model):
    """A customer whom gateways have to hear about again.

    Written in the transaction of the change itself. The gRPC server gives `seq` afterwards, so that the order in
    which gateways read is the order in which changes became visible.
    """

    customer_id = models.UUIDField(db_index=True)
    removed = models.BooleanField(default=False)
    seq = models.BigIntegerField(null=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.customer_id} {self.seq}"
