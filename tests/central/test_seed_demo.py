"""The invented chain: whole, believable, and the same however often it is filled."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tillgate.central.customers.models import Change, Customer, Identifier
from tillgate.central.fleet.models import Gateway, hash_token
from tillgate.central.ledger import check_ledger
from tillgate.central.sql import open_sql
from tillgate.core import parse_programme
from tillgate.core.identifiers import CardPattern, identifier_hash, is_ean13, looks_like_bank_card, normalise_phone


def seeded() -> dict[str, Any]:
    output = StringIO()
    call_command("seed_demo", json=True, stdout=output)
    chain: dict[str, Any] = json.loads(output.getvalue())
    return chain


@pytest.mark.usefixtures("central_home")
def test_the_chain_is_whole_and_its_books_agree() -> None:
    chain = seeded()
    assert (len(chain["stores"]), len(chain["gateways"]), len(chain["customers"])) == (2, 2, 200)
    for gateway in chain["gateways"]:
        assert Gateway.objects.get(gateway_id=gateway["gateway_id"]).token_hash == hash_token(gateway["token"])
    assert sum(customer["points"] for customer in chain["customers"]) > 10_000
    assert check_ledger(open_sql(connection)) == []
    assert Change.objects.values("customer_id").distinct().count() == 200


@pytest.mark.usefixtures("sqlite_home")
def test_filling_again_changes_nothing_and_shows_no_secrets() -> None:
    first, second = seeded(), seeded()
    assert first["admin"]["password"]
    assert second["admin"]["password"] is None
    assert [gateway["token"] for gateway in second["gateways"]] == [None, None]
    assert second["customers"] == first["customers"]
    assert Change.objects.count() == Change.objects.filter(customer_id__in=Customer.objects.values("pk")).count()
    assert Customer.objects.count() == 200


@pytest.mark.usefixtures("sqlite_home")
def test_numbers_are_right_and_nobodys() -> None:
    chain = seeded()
    for customer in chain["customers"]:
        assert normalise_phone(customer["phone"]) == customer["phone"]
        assert customer["phone"].startswith("+7000")
        if customer["card"]:
            assert CardPattern.parse("2900########C").matches(customer["card"])
            assert is_ean13(customer["card"])
            assert not looks_like_bank_card(customer["card"])
    assert len({customer["card"] for customer in chain["customers"] if customer["card"]}) == 180
    assert all(is_ean13(goods["ean13"]) for goods in chain["goods"])


@pytest.mark.usefixtures("sqlite_home")
def test_identifiers_are_found_by_their_hash() -> None:
    chain = seeded()
    customer = chain["customers"][3]
    row = Customer.objects.select_related("organisation").get(pk=customer["customer_id"])
    key = bytes(row.organisation.identifier_key)
    for kind, value in (("phone", customer["phone"]), ("card", customer["card"])):
        assert Identifier.objects.get(hash=identifier_hash(key, kind, value)).customer == row


def test_the_programme_speaks_both_languages() -> None:
    from tillgate.central.office.demo.chain import PROGRAMME
    from tillgate.central.programmes.names import rule_names

    text = PROGRAMME.read_bytes()
    parse_programme(text)
    russian, english = (rule_names(json.loads(text), language) for language in ("ru", "en"))
    assert len(russian) == len(english) == 8
    assert russian["coffee-10"] == "Кофе дешевле на 10 %"
