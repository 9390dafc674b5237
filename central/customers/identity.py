"""Phones and cards: normalised, hashed, and each one customer's alone."""

import re

from tillgate.central.stores.models import Organisation
from tillgate.core.errors import IdentifierInvalid
from tillgate.core.identifiers import CardPattern, identifier_hash, looks_like_bank_card, normalise_phone

from .models import CardKind, Customer, Identifier, IdentifierKind

__all__ = ["IdentifierTaken", "card_kind_of", "keep_phone", "new_identifier", "normalise"]


class IdentifierTaken(Exception):
    """Another customer of the organisation has it."""


def normalise(kind: str, text: str) -> str:
    """A phone in E.164, a card's digits. Raises IdentifierInvalid; never takes a payment card's number."""
    if kind == IdentifierKind.PHONE:
        return normalise_phone(text)
    digits = re.sub(r"[\s-]", "", text)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 32:
        raise IdentifierInvalid("a card number is digits, at most 32")
    if looks_like_bank_card(digits):
        raise IdentifierInvalid("this looks like a payment card's number")
    return digits


def card_kind_of(organisation: Organisation, number: str) -> str:
    """The kind whose pattern the number follows. Raises IdentifierInvalid when there is none."""
    for kind in CardKind.objects.filter(organisation=organisation):
        if CardPattern.parse(kind.pattern).matches(number):
            return kind.kind
    raise IdentifierInvalid("the number follows the pattern of no card kind")


def new_identifier(customer: Customer, kind: str, value: str, *, own: int | None = None) -> Identifier:
    """An unsaved identifier of the customer; `value` is normalised. Raises IdentifierTaken.

    `own` is the row's key when it already has one.
    """
    digest = identifier_hash(bytes(customer.organisation.identifier_key), kind, value)
    holder = Identifier.objects.filter(organisation=customer.organisation, hash=digest).first()
    if holder is not None and holder.pk != own:
        raise IdentifierTaken
    return Identifier(
        organisation=customer.organisation, customer=customer, kind=kind, value=value, hash=digest, pk=own
    )


def keep_phone(customer: Customer) -> None:
    """Make the customer's phone the one phone that identifies them. Inside the transaction that saves them."""
    phones = Identifier.objects.filter(customer=customer, kind=IdentifierKind.PHONE)
    for old in phones.exclude(value=customer.phone):
        old.delete()
    if customer.phone and not phones.filter(value=customer.phone).exists():
        new_identifier(customer, IdentifierKind.PHONE, customer.phone).save()
