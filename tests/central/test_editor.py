"""The programme editor's answers, over HTTP without a browser: who may what, prices, examples, drafts of two people."""

import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tillgate.central.customers.models import Customer
from tillgate.central.fleet.models import Gateway
from tillgate.central.programmes.models import Programme, Revision, RevisionState
from tillgate.central.programmes.phrases import PHRASES
from tillgate.central.programmes.publishing import current_revision, new_draft, publish
from tillgate.central.purchases.models import Receipt, ReceiptRule
from tillgate.central.stores.models import Organisation
from tillgate.type.v1.purchase_pb2 import Purchase

BASKET = {
    "currency": "RUB", "time": "2026-11-21T09:30:00+03:00",
    "lines": [{"sku": "A", "quantity": "2", "unit_price": "500.00", "categories": ["coffee"]}],
}  # fmt: skip


def document(**more: Any) -> dict[str, Any]:
    rule = {
        "id": "c10",
        "name": {"ru": "Кофе", "en": "Coffee"},
        "on": {"category": ["coffee"]},
        "give": {"percent": "10"},
    }
    later = {"id": "big", "give": {"amount": "50.00"}, "when": [{"subtotal": {"at_least": "5000.00"}}]}
    group = {"id": "d", "mode": "max", "children": [rule, later]}
    return {"format": 1, "id": "chain", "revision": 1, "currency": "RUB", "discounts": group, **more}


@pytest.fixture
def programme(sqlite_home: object) -> Programme:
    organisation = Organisation.objects.create(name="Chain", currency="RUB")
    return Programme.objects.create(organisation=organisation, code="chain", name="Chain")


def signed_in(role: str | None = "marketer", language: str = "en", **more: Any) -> Client:
    user = User.objects.create_user(f"somebody-{User.objects.count()}", is_staff=True, is_superuser=role is None)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client(SERVER_NAME="localhost", headers={"accept-language": language}, **more)
    client.force_login(user)
    return client


def ask(client: Client, programme: Programme, what: str, body: Any) -> Any:
    address = reverse(f"admin:programmes_revision_editor_{what}", args=(programme.pk,))
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(address, text, content_type="application/json")


def priced(client: Client, programme: Programme, body: Any, basket: Any = BASKET) -> dict[str, Any]:
    answer = ask(client, programme, "price", {"document": body, "basket": basket})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_sample_receipt_is_priced_by_the_calculator_itself(programme: Programme) -> None:
    found = priced(signed_in(), programme, document())
    assert found["errors"] == []
    assert (found["answer"]["total"], found["figures"]["discount"]) == ("900.00", "100.00")
    assert found["answer"]["not_applied"][0]["missing"] == "4000.00"
    assert found["words"] == {
        "discounts/children/0": "10 % off coffee",
        "discounts/children/1": "₽50.00 off, from ₽5,000.00",
    }


@pytest.mark.parametrize(("language", "start"), [("en", "A percent"), ("ru", "Процент")])
def test_errors_have_their_place_and_the_pages_language(programme: Programme, language: str, start: str) -> None:
    bad = document()
    bad["discounts"]["children"][0]["give"]["percent"] = "110"
    (error,) = priced(signed_in(language=language), programme, bad)["errors"]
    assert (error["where"], error["path"]) == ("programme", "$.discounts.children[0].give.percent")
    assert error["text"].startswith(start), error
    basket = {**BASKET, "lines": [{"sku": "A", "quantity": "-2", "unit_price": "5"}]}
    (error,) = priced(signed_in(language=language), programme, document(), basket)["errors"]
    assert (error["where"], error["path"]) == ("basket", "$.lines[0].quantity")


def test_errors_of_several_rules_and_lines_are_told_at_once(programme: Programme) -> None:
    bad = document()
    for rule in bad["discounts"]["children"]:
        rule["give"] = {"percent": "110"}
    found = priced(signed_in(), programme, bad)["errors"]
    assert [error["path"] for error in found] == [f"$.discounts.children[{k}].give.percent" for k in (0, 1)]
    basket = {**BASKET, "lines": [{"sku": "A", "quantity": "-2", "unit_price": "5"}, {"sku": "B"}]}
    found = priced(signed_in(), programme, document(), basket)["errors"]
    assert [error["path"] for error in found] == ["$.lines[0].quantity", "$.lines[1].quantity"]


def test_all_that_publishing_would_refuse_is_told_beside_the_answer(programme: Programme) -> None:
    bad = document()
    for rule in bad["discounts"]["children"]:
        rule["active"] = {"weekdays": ["mon"], "from": "2026-11-21", "to": "2026-11-22"}
    found = priced(signed_in(), programme, bad)
    assert len(found["errors"]) >= 2
    assert {error["where"] for error in found["errors"]} == {"programme"}
    assert found["answer"]["total"] == "1000.00"


def test_examples_come_out_with_every_price(programme: Programme) -> None:
    good = {"name": "good", "basket": BASKET, "expect": {"total": "900.00"}}
    wrong = {"name": "wrong", "basket": BASKET, "expect": {"total": "905.00", "line_nets": ["900.00"]}}
    broken = {"name": "broken", "basket": {"currency": "RUB", "lines": []}, "expect": {}}
    results = priced(signed_in(), programme, document(examples=[good, wrong, broken]))["examples"]
    assert [result["ok"] for result in results] == [True, False, False]
    assert results[1]["differences"] == [{"key": "total", "expected": "905.00", "got": "900.00"}]
    assert results[2]["error"]["path"] == "$.lines"


@pytest.mark.parametrize(
    "body",
    ["{", "[]", b"\xff", "[" * 100_000, json.dumps({"document": "x" * (6 << 20)})],
    ids=lambda body: str(body[:3]),
)
def test_what_is_no_request_is_refused(programme: Programme, body: str | bytes) -> None:
    client = signed_in()
    for what in ("price", "save"):
        assert ask(client, programme, what, body).status_code == 400


@pytest.mark.parametrize("body", [None, 5, [], {}, {"discounts": {"children": [{"give": {}}, 5]}, "rewards": {}}])
def test_nonsense_has_errors_and_no_price(programme: Programme, body: Any) -> None:
    found = priced(signed_in(), programme, body)
    assert found["errors"]
    assert "answer" not in found


def saved(client: Client, programme: Programme, body: Any, draft: Any = None) -> Any:
    number, base = (draft["id"], draft["base"]) if draft else (None, "")
    return ask(client, programme, "save", {"document": body, "revision_id": number, "base": base})


def test_a_draft_is_saved_unfinished_and_published_when_it_is_right(programme: Programme) -> None:
    client = signed_in()
    unfinished = document(colour="red")
    first = saved(client, programme, unfinished).json()["saved"]
    row = Revision.objects.get()
    assert json.loads(row.document) == {**unfinished, "revision": 1}
    page = client.get(first["editor"]).content.decode()
    assert "colour" in page
    address = reverse("admin:programmes_revision_publish_now", args=(row.pk,))
    answer = client.post(address, follow=True)
    assert "$.colour" in answer.content.decode()
    assert Revision.objects.get().state == RevisionState.DRAFT
    second = saved(client, programme, document(), first).json()["saved"]
    assert (second["id"], Revision.objects.count()) == (row.pk, 1)
    client.post(address)
    assert json.loads(Revision.objects.get(state=RevisionState.PUBLISHED).document) == document()


def test_the_second_of_two_people_is_told_and_overwrites_nothing(programme: Programme) -> None:
    anna, boris = signed_in(), signed_in()
    draft = saved(anna, programme, document()).json()["saved"]
    theirs = document()
    theirs["discounts"]["children"][0]["give"]["percent"] = "15"
    assert saved(boris, programme, theirs, draft).status_code == 200
    mine = document()
    mine["discounts"]["children"][0]["give"]["percent"] = "12"
    answer = saved(anna, programme, mine, draft)
    assert answer.status_code == 409
    told = answer.json()
    assert "somebody-1" in told["words"]
    assert told["changes"][0]["edits"] == [{"label": "What it gives", "old": "12 % off", "new": "15 % off"}]
    assert '"15"' in Revision.objects.get().document
    assert saved(anna, programme, mine).status_code == 200
    assert Revision.objects.count() == 2
    for deed in ("publish", "delete"):
        row = Revision.objects.get(pk=draft["id"])
        if deed == "publish":
            publish(row, None, timezone.now())
        else:
            row = Revision.objects.order_by("pk").last()  # type: ignore[assignment]  # There are two.
            draft = {"id": row.pk, "base": draft["base"]}
            row.delete()
        answer = saved(anna, programme, mine, draft)
        assert (answer.status_code, answer.json()["saved"]) == (409, None)


def test_the_form_for_json_does_not_overwrite_either(programme: Programme) -> None:
    client = signed_in()
    draft = saved(client, programme, document()).json()["saved"]
    address = reverse("admin:programmes_revision_change", args=(draft["id"],))
    base = re.search(r'name="base" value="(\w+)"', client.get(address).content.decode())
    assert base is not None
    saved(client, programme, document(name="theirs"), draft)
    answer = client.post(address, {"document": json.dumps(document(name="mine")), "base": base[1]})
    assert "meanwhile" in answer.content.decode()
    assert "theirs" in Revision.objects.get().document


@pytest.mark.parametrize(
    ("role", "view", "write"), [("cashier", 403, 403), ("analyst", 200, 403), ("marketer", 200, 200)]
)
def test_roles_may_look_or_write(programme: Programme, role: str, view: int, write: int) -> None:
    row = new_draft(programme, json.dumps(document()))
    client = signed_in(role)
    assert client.get(reverse("admin:programmes_revision_editor", args=(row.pk,))).status_code == view
    assert client.get(reverse("admin:programmes_revision_document", args=(row.pk,))).status_code == view
    assert client.get(reverse("admin:programmes_revision_compare", args=(programme.pk,))).status_code == view
    assert ask(client, programme, "price", {"document": document(), "basket": BASKET}).status_code == view
    assert client.get(reverse("admin:programmes_revision_editor_new", args=(programme.pk,))).status_code == write
    assert saved(client, programme, document()).status_code == write
    assert saved(client, programme, document(), {"id": row.pk, "base": ""}).status_code == (
        409 if write == 200 else 403
    )


def test_strangers_and_other_sites_may_nothing(programme: Programme) -> None:
    stranger = Client(SERVER_NAME="localhost")
    assert ask(stranger, programme, "price", {}).status_code == 302
    assert ask(signed_in(enforce_csrf_checks=True), programme, "save", {"document": document()}).status_code == 403
    assert signed_in().get(reverse("admin:programmes_revision_editor_save", args=(programme.pk,))).status_code == 405


def test_a_published_revision_is_only_to_be_read(programme: Programme) -> None:
    row = publish(new_draft(programme, json.dumps(document())), None, timezone.now())
    client = signed_in()
    page = client.get(reverse("admin:programmes_revision_editor", args=(row.pk,))).content.decode()
    data = json.loads(re.search(r'<script id="editor-data" type="application/json">(.*?)</script>', page)[1])  # type: ignore[index]
    assert data["editable"] is False
    answer = saved(client, programme, document(), {"id": row.pk, "base": data["saved"]["base"]})
    assert answer.status_code == 409


def test_markup_in_a_document_stays_text(programme: Programme) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    body = document(name=evil)
    body["discounts"]["children"][0]["name"] = evil
    client = signed_in()
    draft = saved(client, programme, body).json()["saved"]
    publish(Revision.objects.get(pk=draft["id"]), None, timezone.now())
    saved(client, programme, document())
    compare = reverse("admin:programmes_revision_compare", args=(programme.pk,))
    for address in (draft["editor"], compare):
        page = client.get(address).content.decode()
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert client.get(draft["download"]).headers["Content-Type"].startswith("application/json")


def test_half_a_surrogate_pair_is_refused_in_words(programme: Programme) -> None:
    answer = ask(signed_in(), programme, "save", r'{"document": {"name": "\ud83d"}}')
    assert answer.status_code == 400
    assert not Revision.objects.exists()


def test_what_is_scheduled_is_called_off_and_what_is_in_force_stays(programme: Programme) -> None:
    now = timezone.now()
    first = publish(new_draft(programme, json.dumps(document())), None, now)
    second = publish(new_draft(programme, json.dumps(document())), None, now, active_from=now + timedelta(days=1))
    page = reverse("admin:programmes_programme_change", args=(programme.pk,))
    address = reverse("admin:programmes_revision_call_off_it", args=(second.pk,))
    client = signed_in()
    assert address in client.get(page).content.decode()
    assert signed_in("analyst").post(address).status_code == 403
    client.get(address)
    assert Revision.objects.get(pk=second.pk).state == RevisionState.PUBLISHED
    assert "is called off" in client.post(address, follow=True).content.decode()
    assert Revision.objects.get(pk=second.pk).state == RevisionState.RETIRED
    assert current_revision(programme.organisation_id, now + timedelta(days=2)) == first
    answer = client.post(reverse("admin:programmes_revision_call_off_it", args=(first.pk,)), follow=True)
    assert "only what is to come" in answer.content.decode()
    assert Revision.objects.get(pk=first.pk).state == RevisionState.PUBLISHED


@pytest.mark.parametrize(("language", "words"), [("en", "10 % off"), ("ru", "скидка 10 %")])
def test_two_revisions_are_compared_in_words(programme: Programme, language: str, words: str) -> None:
    first = new_draft(programme, json.dumps(document()))
    changed = document()
    changed["discounts"]["children"][0]["give"]["percent"] = "12"
    second = new_draft(programme, json.dumps(changed))
    address = reverse("admin:programmes_revision_compare", args=(programme.pk,))
    page = signed_in(language=language).get(address, {"old": first.pk, "new": second.pk}).content.decode()
    assert f"<s>{words}</s>" in page
    assert words.replace("10", "12") in page


def receipt(programme: Programme, gateway: Gateway, customer: Customer) -> Receipt:
    purchase = Purchase(purchase_id=str(uuid.uuid4()))
    purchase.basket.currency = "RUB"
    line = purchase.basket.lines.add(id="7", sku="1001", quantity_milli=1500, unit_price_minor=4990, name="Coffee")
    line.categories.append("coffee")
    line.earnable = False
    purchase.basket.certificates.add(number="GIFT-123", amount_minor=1000)
    return Receipt.objects.create(
        purchase_id=uuid.uuid4(), organisation=programme.organisation, store=gateway.store, gateway=gateway,
        epoch=1, seq=1, customer=customer, currency="RUB", list_minor=7485, discount_minor=0, redeemed_points=0,
        redeemed_minor=0, tender_minor=0, total_minor=7485, earned_points=0, points_digits=0, programme_revision=1,
        offline=False, committed_at=timezone.now(), utc_offset_minutes=180, received_at=timezone.now(),
        document=purchase.SerializeToString(),
    )  # fmt: skip


@pytest.mark.usefixtures("sqlite_chain")
def test_a_stored_receipt_becomes_a_sample_without_who_bought() -> None:
    programme, gateway, customer = Programme.objects.get(), Gateway.objects.all()[0], Customer.objects.all()[0]
    row = receipt(programme, gateway, customer)
    client = signed_in()
    listed = client.get(reverse("admin:programmes_revision_editor_receipts", args=(programme.pk,))).json()["receipts"]
    basket = client.get(listed[0]["url"]).json()["basket"]
    assert basket["lines"] == [
        {
            "sku": "1001", "quantity": "1.5", "unit_price": "49.90", "categories": ["coffee"], "name": "Coffee",
            "earnable": False,
        }
    ]  # fmt: skip
    assert basket["customer"]["points"] == str(customer.points_available)
    text = json.dumps(basket, ensure_ascii=False)
    secrets = (str(customer.pk), customer.phone, customer.last_name, "GIFT-123", str(row.pk))
    assert [secret for secret in secrets if secret and secret in text] == []
    found = priced(client, programme, json.loads(Revision.objects.all()[0].document), basket)
    assert found["errors"] == []
    assert signed_in("cashier").get(listed[0]["url"]).status_code == 200
    Group.objects.get(name="marketer").permissions.filter(codename="view_receipt").delete()
    assert signed_in().get(listed[0]["url"]).status_code == 403


@pytest.mark.usefixtures("sqlite_chain")
def test_a_stored_receipt_says_of_the_past_what_the_newest_revision_asks() -> None:
    programme, gateway, customer = Programme.objects.get(), Gateway.objects.all()[0], Customer.objects.all()[0]
    before, row = (receipt(programme, gateway, customer) for _ in range(2))
    ReceiptRule.objects.create(receipt=before, customer=customer, rule_id="once", day=timezone.localdate())
    document = json.loads(Revision.objects.all()[0].document)
    spent = {"turnover": {"window": "month", "at_least": "1.00"}}
    once = {"id": "once", "give": {"percent": "1"}, "when": [spent], "uses": {"per_customer": {"count": 1}}}
    document["discounts"]["children"].append(once)
    new_draft(programme, json.dumps(document | {"examples": []}))
    address = reverse("admin:programmes_revision_editor_receipt", args=(programme.pk, row.pk))
    guest = signed_in().get(address).json()["basket"]["customer"]
    assert (guest["turnover"]["month"], guest["uses"]) == ("74.85", {"once": {"count": 1}})


def test_every_phrase_of_the_scripts_is_sent_along() -> None:
    from pathlib import Path

    from tillgate.central import programmes

    folder = Path(programmes.__file__).parent / "static" / "programmes"
    scripts = sorted(folder.glob("*.js"))
    used = {phrase for path in scripts for phrase in re.findall(r'\bt\("((?:[^"\\]|\\.)*)"', path.read_text())}
    assert len(scripts) > 10
    assert used == set(PHRASES)
