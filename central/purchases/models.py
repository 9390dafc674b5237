"""Receipts as the stores sent them, and the events that could not be applied. Ingest writes them, in plain SQL."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tillgate.central.customers.models import Customer
from tillgate.central.fleet.models import Gateway
from tillgate.central.stores.models import Organisation, Store

__all__ = ["Quarantine", "Receipt", "ReceiptDiscount", "ReceiptLine", "ReceiptRule", "RuleTotal"]


class Receipt(models.Model):
    """One committed purchase. Money in minor units, points in 10^-digits."""

    purchase_id = models.UUIDField(_("purchase"), primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("store"))
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("gateway"))
    epoch = models.BigIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("sequence"))
    lane_id = models.CharField(_("lane"), max_length=64, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="receipts", verbose_name=_("customer")
    )
    currency = models.CharField(_("currency"), max_length=3)
    list_minor = models.BigIntegerField(_("list price"))
    discount_minor = models.BigIntegerField(_("discount"))
    redeemed_points = models.BigIntegerField(_("points redeemed"))
    redeemed_minor = models.BigIntegerField(_("paid by points"))
    tender_minor = models.BigIntegerField(_("paid by certificates"))
    total_minor = models.BigIntegerField(_("total"))
    earned_points = models.BigIntegerField(_("points earned"))
    points_digits = models.SmallIntegerField(_("digits of a point"))
    programme = models.CharField(_("programme"), max_length=64, blank=True)
    programme_revision = models.BigIntegerField(_("revision"))
    offline = models.BooleanField(_("offline"))
    hold_id = models.CharField(_("hold"), max_length=64, blank=True)
    committed_at = models.DateTimeField(_("committed"))
    utc_offset_minutes = models.SmallIntegerField(_("offset from UTC, minutes"))
    received_at = models.DateTimeField(_("received"))
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancel_reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    fiscal_drive = models.CharField(_("fiscal drive"), max_length=64, blank=True)
    fiscal_document = models.CharField(_("fiscal document"), max_length=64, blank=True)
    fiscal_sign = models.CharField(_("fiscal sign"), max_length=64, blank=True)
    #: tillgate.type.v1.Purchase as it came: the trace of the calculation is in it.
    document = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        indexes = [
            models.Index(fields=("committed_at",), name="receipt_by_time"),
            models.Index(fields=("store", "committed_at"), name="receipt_by_store"),
        ]

    def __str__(self) -> str:
        return str(self.purchase_id)


class ReceiptLine(models.Model):
    """What was sold. `position` counts from 1."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines", verbose_name=_("receipt"))
    position = models.IntegerField(_("position"))
    line_id = models.CharField(_("line"), max_length=200, blank=True)
    sku = models.CharField(_("article"), max_length=200)
    quantity_milli = models.BigIntegerField(_("quantity, thousandths"))
    unit_price_minor = models.BigIntegerField(_("unit price"))
    list_minor = models.BigIntegerField(_("list price"))
    redeemed_minor = models.BigIntegerField(_("paid by points"))
    net_minor = models.BigIntegerField(_("net"))
    points_earned = models.BigIntegerField(_("points earned"))
    brand = models.CharField(_("brand"), max_length=200, blank=True)
    categories = models.JSONField(_("categories"), default=list, blank=True)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ("receipt", "position")

    def __str__(self) -> str:
        return f"{self.position}. {self.sku}"


class ReceiptDiscount(models.Model):
    """What one rule took off one line."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="discounts", verbose_name=_("receipt"))
    position = models.IntegerField(_("position"))
    rule_id = models.CharField(_("rule"), max_length=200)
    amount_minor = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering = ("receipt", "position")

    def __str__(self) -> str:
        return f"{self.position}. {self.rule_id}"


class ReceiptRule(models.Model):
    """A rule that gave something in a receipt: money off, points or a reward. One use of it."""

    # Written for every rule of every sale, with its receipt: one index and one check fewer is what counts.
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, related_name="rules", db_index=False, verbose_name=_("receipt")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("customer"),
    )
    rule_id = models.CharField(_("rule"), max_length=200)
    #: In the zone of the store that sold.
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("use of a rule")
        verbose_name_plural = _("uses of rules")
        indexes = [models.Index(fields=("customer", "rule_id", "day"), name="rule_use_by_customer")]

    def __str__(self) -> str:
        return self.rule_id


class RuleTotal(models.Model):
    """In how many of a gateway's receipts, of whatever customer, a rule gave something; less those it cancelled."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("organisation")
    )
    gateway = models.ForeignKey(
        Gateway, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("gateway")
    )
    rule_id = models.CharField(_("rule"), max_length=200)
    #: Below zero where it cancelled receipts of another gateway of its store.
    count = models.BigIntegerField(_("receipts"))

    class Meta:
        verbose_name = _("total of a rule")
        verbose_name_plural = _("totals of rules")
        constraints = [models.UniqueConstraint(fields=("gateway", "rule_id"), name="rule_total_by_gateway")]
        indexes = [models.Index(fields=("organisation", "rule_id"), name="rule_total_of_chain")]

    def __str__(self) -> str:
        return self.rule_id


class Quarantine(models.Model):
    """An event that could not be applied. It was acknowledged, so that the next ones could follow."""

    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="quarantine", verbose_name=_("gateway"))
    epoch = models.BigIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("sequence"))
    reason = models.CharField(_("reason"), max_length=64)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    purchase_id = models.CharField(_("purchase"), max_length=64, blank=True, db_index=True)
    customer_id = models.UUIDField(_("customer"), null=True)
    #: tillgate.sync.v1.Event as it came.
    event = models.BinaryField(editable=False)
    received_at = models.DateTimeField(_("received"))
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("event in quarantine")
        verbose_name_plural = _("events in quarantine")
        constraints = [models.UniqueConstraint(fields=("gateway", "epoch", "seq"), name="quarantined_once")]

    def __str__(self) -> str:
        return f"{self.gateway_id}/{self.epoch}/{self.seq} {self.reason}"
