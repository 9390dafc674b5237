"""Telling the gateways that a customer changed."""

import uuid

from django.db.models import F

from .models import Change, Customer

__all__ = ["note_removed", "touch"]


def touch(customer: Customer) -> None:
    """Raise the customer's version and note the change. Call it inside the transaction of the change."""
    Customer.objects.filter(pk=customer.pk).update(version=F("version") + 1)
    Change.objects.create(customer_id=customer.pk)


def note_removed(customer_id: uuid.UUID) -> None:
    """Note that a customer is gone. Call it inside the transaction that deletes."""
    Change.objects.create(customer_id=customer_id, removed=True)
