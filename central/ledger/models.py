"""The ledger's tables, for reading. `Book` alone writes them, in plain SQL.

A customer's points are what the shop owes: entries that give points to a customer are positive there and negative at
the programme, so that each transaction sums to zero. Transactions, entries and lot uses are append-only; triggers of
the database refuse to change them.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tillgate.central.customers.models import Customer
from tillgate.central.fleet.models import Gateway
from tillgate.central.stores.models import Organisation

__all__ = ["Account", "AccountKind", "Entry", "Hold", "HoldState", "Lot", "LotUse", "Movement", "Transaction"]


class AccountKind(models.TextChoices):
    """The first three belong to a customer, the others to a programme."""

    AVAILABLE = "available", _("available")
    HELD = "held", _("held")
    DEBT = "debt", _("debt")
    ISSUED = "issued", _("issued")
    REDEEMED = "redeemed", _("redeemed")
    EXPIRED = "expired", _("expired")
    STORE_RISK = "store_risk", _("store risk")
    ADJUSTED = "adjusted", _("adjusted")


class Movement(models.TextChoices):
    """Templates that every transaction follows."""

    EARN = "EARN", _("earned")
    REDEEM = "REDEEM", _("redeemed")
    HOLD = "HOLD", _("held")
    UNHOLD = "UNHOLD", _("released")
    REFUND_EARN = "REFUND_EARN", _("earned points taken back")
    REFUND_REDEEM = "REFUND_REDEEM", _("redeemed points given back")
    ADJUST = "ADJUST", _("adjusted")


class HoldState(models.TextChoices):
    """`held` ends as one of the other two."""

    HELD = "held", _("held")
    USED = "used", _("used")
    RELEASED = "released", _("released")


class Account(models.Model):
    """Points of one kind. A customer's account keeps its balance; a programme's is the sum of its entries, so that no
    row is written by every sale."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="accounts", verbose_name=_("customer")
    )
    programme = models.CharField(_("programme"), max_length=64, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=16, choices=AccountKind.choices)
    balance = models.BigIntegerField(_("balance"), null=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=("customer", "kind"), condition=Q(customer__isnull=False), name="customer_account_once"
            ),
            models.UniqueConstraint(
                fields=("organisation", "programme", "kind"),
                condition=Q(customer__isnull=True),
                name="programme_account_once",
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=0)
                | Q(kind="debt", balance__lte=0)
                | Q(balance__isnull=True, customer__isnull=True),
                name="account_not_overdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.customer_id or self.programme}"


class Transaction(models.Model):
    """One movement of points. `key` says what it came from, once: EARN:<purchase id>."""

    key = models.CharField(_("key"), max_length=100, unique=True)
    movement = models.CharField(_("movement"), max_length=16, choices=Movement.choices)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("customer")
    )
    #: When the thing itself happened, by the till's or the administrator's clock.
    happened_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("movement of points")
        verbose_name_plural = _("movements of points")

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """One side of a transaction."""

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="entries", verbose_name=_("movement of points")
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", verbose_name=_("account"))
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")

    def __str__(self) -> str:
        return f"{self.points:+}"


class Lot(models.Model):
    """Points that came together and expire together. `remaining` is what no use has taken."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="lots", verbose_name=_("customer"))
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="lots", verbose_name=_("movement of points")
    )
    points = models.BigIntegerField(_("points"))
    remaining = models.BigIntegerField(_("remaining"))
    activates_at = models.DateTimeField(_("activates"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        indexes = [models.Index(fields=("customer",), condition=Q(remaining__gt=0), name="lot_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0) & Q(remaining__lte=models.F("points")), name="lot_within_its_points"
            )
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.points}"


class LotUse(models.Model):
    """What a transaction took from a lot (negative) or returned to it (positive)."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="uses", verbose_name=_("lot"))
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="lot_uses", verbose_name=_("movement of points")
    )
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("use of a lot")
        verbose_name_plural = _("uses of lots")

    def __str__(self) -> str:
        return f"{self.points:+}"


class Hold(models.Model):
    """Points set aside for one purchase. A released hold whose customer is empty is a tombstone: the release came
    first, and the hold itself will be refused."""

    hold_id = models.CharField(_("hold"), max_length=64, primary_key=True)
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="holds", verbose_name=_("gateway"))
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="holds", verbose_name=_("customer")
    )
    points = models.BigIntegerField(_("points"))
    state = models.CharField(_("state"), max_length=16, choices=HoldState.choices)
    #: The HOLD transaction: its lot uses tell which lots the points came from.
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"))
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")

    def __str__(self) -> str:
        return self.hold_id
