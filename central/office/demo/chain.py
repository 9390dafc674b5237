"""Writes the demonstration's chain into the database. What is there already stays."""

import secrets
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from msgspec import Struct
from simple_history.utils import bulk_create_with_history

from tillgate.central.customers.identity import new_identifier
from tillgate.central.customers.models import CardKind, Change, Customer, Identifier, IdentifierKind
from tillgate.central.fleet.models import Gateway, hash_token, new_token
from tillgate.central.ledger import adjust
from tillgate.central.programmes.models import Programme, Revision
from tillgate.central.programmes.publishing import current_revision, new_draft, publish
from tillgate.central.stores.models import Organisation, Store

from .goods import GOODS, Goods
from .people import CARD_PATTERN, Person, invent_people
from .sales import sell

__all__ = ["DemoChain", "seed"]

NAME = "Ромашка"
STORES = (
    ("msk-01", "Ромашка на Лесной", "Москва, ул. Лесная, 1", "Europe/Moscow"),
    ("kzn-01", "Ромашка у реки", "Казань, ул. Речная, 7", "Europe/Moscow"),
)
PROGRAMME = Path(__file__).with_name("programme.json")
ADMIN = "admin"
#: Names the rows of one person, whatever database: the same customer has the same id on every run.
NAMESPACE = uuid.UUID("6d0a4d3c-5f5a-4b1a-9a53-9f0c7f5f1b7e")


class DemoChain(Struct, frozen=True):
    """What a demonstration's client needs. Secrets are None when they were shown before."""

    organisation: str
    admin: dict[str, str | None]
    stores: list[dict[str, str]]
    gateways: list[dict[str, str | None]]
    programme: dict[str, str | int]
    customers: list[dict[str, Any]]
    goods: list[Goods]


def seed(now: datetime, days: int = 0) -> DemoChain:
    """Make the chain, all of it or nothing; then the receipts of so many days."""
    with transaction.atomic():
        organisation = _organisation()
        stores = [_store(organisation, *row) for row in STORES]
        gateways = [_gateway(store) for store in stores]
        admin = _admin()
        programme = _programme(organisation, now)
        people = invent_people(now)
        _customers(organisation, programme, people, now)
    for store in stores:
        sell(store, programme.document, days, now)
    held = {row.pk: row for row in Customer.objects.only("points_available", "tier")}
    return DemoChain(
        organisation=organisation.name,
        admin=admin,
        stores=[{"store_id": store.store_id, "name": store.name, "time_zone": store.time_zone} for store in stores],
        gateways=gateways,
        programme={"id": programme.programme.code, "revision": programme.revision},
        customers=[_described(person, held[_key(person)]) for person in people],
        goods=list(GOODS),
    )


def _organisation() -> Organisation:
    organisation, _ = Organisation.objects.get_or_create(name=NAME, defaults={"currency": "RUB"})
    CardKind.objects.get_or_create(
        organisation=organisation,
        kind="plastic",
        defaults={"name_ru": "Пластиковая карта", "name_en": "Plastic card", "pattern": CARD_PATTERN},
    )
    return organisation


def _store(organisation: Organisation, store_id: str, name: str, address: str, time_zone: str) -> Store:
    values = {"organisation": organisation, "name": name, "address": address, "time_zone": time_zone}
    return Store.objects.get_or_create(store_id=store_id, defaults=values)[0]


def _gateway(store: Store) -> dict[str, str | None]:
    token = new_token()
    values = {"store": store, "token_hash": hash_token(token)}
    row, made = Gateway.objects.get_or_create(gateway_id=f"gw-{store.store_id}", defaults=values)
    return {"gateway_id": row.gateway_id, "store_id": store.store_id, "token": token if made else None}


def _admin() -> dict[str, str | None]:
    if User.objects.filter(username=ADMIN).exists():
        return {"login": ADMIN, "password": None}
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(ADMIN, password=password, first_name="Ада", last_name="Админова")
    return {"login": ADMIN, "password": password}


def _programme(organisation: Organisation, now: datetime) -> Revision:
    programme, _ = Programme.objects.get_or_create(
        organisation=organisation, code="romashka", defaults={"name": "Скидки и баллы"}
    )
    return current_revision(organisation.pk, now) or publish(new_draft(programme, PROGRAMME.read_text()), None, now)


def _customers(organisation: Organisation, revision: Revision, people: list[Person], now: datetime) -> None:
    known = set(Customer.objects.values_list("pk", flat=True))
    new = {_key(person): person for person in people if _key(person) not in known}
    customers = [_customer(organisation, key, person) for key, person in new.items()]
    bulk_create_with_history(customers, Customer)
    identifiers = [row for customer in customers for row in _identifiers(customer, new[customer.pk])]
    bulk_create_with_history(identifiers, Identifier)
    Change.objects.bulk_create(Change(customer_id=key) for key in new)
    for key, person in new.items():
        if person.points:
            adjust(
                connection,
                key=f"opening-{key}",
                customer_id=key,
                points=person.points,
                programme=revision.programme.code,
                time=now,
                note="Остаток из прежней программы · Opening balance",
            )


def _key(person: Person) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, person.phone)


def _customer(organisation: Organisation, key: uuid.UUID, person: Person) -> Customer:
    return Customer(
        pk=key,
        organisation=organisation,
        first_name=person.first_name,
        last_name=person.last_name,
        phone=person.phone,
        tier=person.tier,
        birthday=person.birthday,
        registered_at=person.registered,
        card_kind="plastic" if person.card else "",
        attributes={"city": person.city},
        segments=list(person.segments),
        purchases=person.purchases,
        turnover_minor=person.turnover_minor,
        first_purchase_at=person.registered if person.purchases else None,
        last_purchase_at=person.last_purchase,
    )


def _identifiers(customer: Customer, person: Person) -> list[Identifier]:
    rows = [new_identifier(customer, IdentifierKind.PHONE, person.phone)]
    return [*rows, new_identifier(customer, IdentifierKind.CARD, person.card)] if person.card else rows


def _described(person: Person, customer: Customer) -> dict[str, Any]:
    return {
        "customer_id": str(customer.pk),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone": person.phone,
        "card": person.card,
        "tier": customer.tier,
        "points": customer.points_available,
    }
