"""The head office's pages, over HTTP without a browser."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tillgate.central.customers.models import Change, Customer, Identifier
from tillgate.central.fleet.models import Gateway, hash_token
from tillgate.central.ledger import adjust
from tillgate.central.programmes.models import Programme, Revision, RevisionState
from tillgate.central.purchases.models import Quarantine
from tillgate.central.stores.models import Organisation, Store
from tillgate.sync.v1.sync_service_pb2 import Event

LISTS = (
    "customers_customer", "customers_cardkind", "purchases_receipt", "purchases_quarantine", "ledger_transaction",
    "ledger_entry", "ledger_lot", "ledger_hold", "programmes_programme", "programmes_revision", "stores_store",
    "stores_organisation", "fleet_gateway", "auth_user", "auth_group",
)  # fmt: skip


def signed_in(role: str | None = None, language: str = "en") -> Client:
    """A browser of somebody with one role; without a role, of somebody who may everything."""
    user = User.objects.create_user(f"somebody-{User.objects.count()}", is_staff=True, is_superuser=role is None)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client(SERVER_NAME="localhost", headers={"accept-language": language})
    client.force_login(user)
    return client


def page(client: Client, name: str, *arguments: Any) -> str:
    answer = client.get(reverse(f"admin:{name}", args=arguments))
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def first(model: Any) -> Any:
    return model.objects.order_by("pk").first()


def customer_form(customer: Customer, **changes: Any) -> dict[str, Any]:
    """What a browser sends for the customer's page."""
    cards = list(customer.identifiers.filter(kind="card"))
    values = {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "phone": customer.phone,
        "tier": customer.tier,
        "card_kind": customer.card_kind,
        "birthday": "",
        "segments": "",
        "attributes": "{}",
        "registered_at_0": "2026-01-01",
        "registered_at_1": "12:00:00",
        "identifiers-TOTAL_FORMS": str(len(cards)),
        "identifiers-INITIAL_FORMS": str(len(cards)),
    }
    for index, card in enumerate(cards):
        values |= {f"identifiers-{index}-id": str(card.pk), f"identifiers-{index}-customer": str(customer.pk)}
        values[f"identifiers-{index}-value"] = card.value
    return {**values, **changes}


@pytest.mark.usefixtures("sqlite_home")
@pytest.mark.parametrize("language", ["ru", "en"])
def test_an_empty_central_says_what_to_do_next(language: str) -> None:
    client = signed_in(language=language)
    overview = page(client, "index")
    assert reverse("admin:stores_organisation_add") in overview
    assert ("Первые шаги" if language == "ru" else "First steps") in overview
    for name in LISTS:
        page(client, f"{name}_changelist")


@pytest.mark.usefixtures("central_chain")
def test_every_page_of_a_full_central_opens_in_both_languages() -> None:
    for language, word in (("ru", "Покупатели"), ("en", "Customers")):
        client = signed_in(language=language)
        assert word in page(client, "index")
        for name in LISTS:
            page(client, f"{name}_changelist")
        for name, model in (
            ("customers_customer", Customer), ("fleet_gateway", Gateway), ("stores_store", Store),
            ("programmes_programme", Programme), ("programmes_revision", Revision),
        ):  # fmt: skip
            page(client, f"{name}_change", first(model).pk)


@pytest.mark.usefixtures("central_chain")
def test_a_changed_customer_is_told_to_the_tills_and_written_to_the_history() -> None:
    customer = first(Customer)
    before = Change.objects.count()
    address = reverse("admin:customers_customer_change", args=(customer.pk,))
    answer = signed_in().post(address, customer_form(customer, first_name="Ева", phone="8 (000) 999-88-77"))
    assert answer.status_code == 302, re.findall(r'class="errorlist.*?</ul>', answer.content.decode(), re.DOTALL)
    changed = Customer.objects.get(pk=customer.pk)
    assert (changed.first_name, changed.phone, changed.version) == ("Ева", "+70009998877", customer.version + 1)
    assert Change.objects.count() == before + 1
    phones = list(Identifier.objects.filter(customer=customer, kind="phone").values_list("value", flat=True))
    assert phones == ["+70009998877"]
    newest = changed.history.first()
    assert newest.first_name == "Ева"
    assert newest.history_user.username.startswith("somebody")
    assert {"first_name", "phone"} <= set(newest.diff_against(newest.prev_record).changed_fields)


@pytest.mark.usefixtures("sqlite_chain")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phone": "12"}, "not a phone number"),
        ({"attributes": '{"city": 5}'}, "Write names and texts"),
        ({"attributes": r'{"city": "\ud83d"}'}, "no text may have"),
        ({"attributes": r'{"a\u0000b": "x"}'}, "no text may have"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_saved(changes: dict[str, str], words: str) -> None:
    customer = first(Customer)
    before = Change.objects.count()
    address = reverse("admin:customers_customer_change", args=(customer.pk,))
    answer = signed_in().post(address, customer_form(customer, **changes))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert Change.objects.count() == before
    assert Customer.objects.get(pk=customer.pk).version == customer.version


@pytest.mark.usefixtures("sqlite_chain")
def test_numbers_belong_to_one_customer() -> None:
    customer, other = Customer.objects.exclude(card_kind="").order_by("pk")[:2]
    client, address = signed_in(), reverse("admin:customers_customer_change", args=(customer.pk,))
    answer = client.post(address, customer_form(customer, phone=other.phone))
    assert "Another customer has this number" in answer.content.decode()
    card = other.identifiers.get(kind="card").value
    answer = client.post(address, customer_form(customer, **{"identifiers-0-value": card}))
    assert "Another customer has this number" in answer.content.decode()


@pytest.mark.usefixtures("sqlite_chain")
@pytest.mark.parametrize("number", ["4111111111111111", "2900000000011", "290000000001", "abc"])
def test_a_card_that_no_kind_has_is_refused(number: str) -> None:
    customer = Customer.objects.exclude(card_kind="").order_by("pk").first()
    assert customer is not None
    address = reverse("admin:customers_customer_change", args=(customer.pk,))
    answer = signed_in().post(address, customer_form(customer, **{"identifiers-0-value": number}))
    assert "No card kind has such numbers" in answer.content.decode()


@pytest.mark.usefixtures("sqlite_chain")
def test_a_blocked_card_is_told_to_the_tills() -> None:
    customer = Customer.objects.exclude(card_kind="").order_by("pk").first()
    assert customer is not None
    address = reverse("admin:customers_customer_change", args=(customer.pk,))
    signed_in().post(address, customer_form(customer, **{"identifiers-0-blocked": "on"}))
    assert customer.identifiers.get(kind="card").blocked
    assert Customer.objects.get(pk=customer.pk).version == customer.version + 1


@pytest.mark.usefixtures("central_home")
def test_a_customer_without_points_can_be_deleted_and_the_tills_hear_of_it() -> None:
    organisation = Organisation.objects.create(name="Chain")
    client = signed_in()
    values = customer_form(Customer(organisation=organisation), first_name="Ева", phone="+7 000 111-22-33")
    values |= {"organisation": str(organisation.pk), "identifiers-TOTAL_FORMS": "0", "identifiers-INITIAL_FORMS": "0"}
    assert client.post(reverse("admin:customers_customer_add"), values).status_code == 302
    customer = Customer.objects.get()
    client.post(reverse("admin:customers_customer_delete", args=(customer.pk,)), {"post": "yes"})
    assert not Customer.objects.exists()
    assert list(Change.objects.order_by("pk").values_list("customer_id", "removed")) == [
        (customer.pk, False),
        (customer.pk, True),
    ]


@pytest.mark.usefixtures("central_home")
def test_a_customer_with_points_stays() -> None:
    organisation = Organisation.objects.create(name="Chain")
    customer = Customer.objects.create(organisation=organisation, first_name="Ева")
    adjust(connection, key="1", customer_id=customer.pk, points=5, programme="p", time=timezone.now())
    client = signed_in()
    client.post(reverse("admin:customers_customer_delete", args=(customer.pk,)), {"post": "yes"})
    assert Customer.objects.filter(pk=customer.pk).exists()


@pytest.mark.usefixtures("sqlite_chain")
def test_a_new_gateways_token_is_shown_once_and_kept_as_a_hash() -> None:
    client, store = signed_in(), first(Store)
    answer = client.post(reverse("admin:fleet_gateway_add"), {"gateway_id": "gw-new", "store": store.pk})
    token = re.search(r"data-token>(tg_[\w-]+)<", answer.content.decode())
    assert token is not None
    gateway = Gateway.objects.get(gateway_id="gw-new")
    assert gateway.token_hash == hash_token(token[1])
    assert token[1] not in page(client, "fleet_gateway_change", gateway.pk)


@pytest.mark.usefixtures("sqlite_chain")
def test_a_new_token_takes_the_place_of_the_old_one_only_when_confirmed() -> None:
    client, gateway = signed_in(), first(Gateway)
    address = reverse("admin:fleet_gateway_new_token", args=(gateway.pk,))
    client.get(address)
    assert Gateway.objects.get(pk=gateway.pk).token_hash == gateway.token_hash
    answer = client.post(address)
    token = re.search(r"data-token>(tg_[\w-]+)<", answer.content.decode())
    assert token is not None
    assert Gateway.objects.get(pk=gateway.pk).token_hash == hash_token(token[1])


@pytest.mark.usefixtures("central_chain")
@pytest.mark.parametrize(("language", "words"), [("en", "New epoch"), ("ru", "Новая эпоха")])
def test_a_gateway_gets_a_new_epoch_only_when_confirmed(language: str, words: str) -> None:
    client, gateway = signed_in(language=language), first(Gateway)
    Gateway.objects.filter(pk=gateway.pk).update(epoch=4, high_water=17, journal_id="abc", queue_rows=3)
    assert words in page(client, "fleet_gateway_change", gateway.pk)
    asked = page(client, "fleet_gateway_new_epoch", gateway.pk)
    assert words in asked
    assert gateway.gateway_id in asked
    assert Gateway.objects.get(pk=gateway.pk).epoch == 4
    answer = client.post(reverse("admin:fleet_gateway_new_epoch", args=(gateway.pk,)), follow=True)
    assert ("Теперь у шлюза эпоха 5" if language == "ru" else "has epoch 5 now") in answer.content.decode()
    row = Gateway.objects.get(pk=gateway.pk)
    assert (row.epoch, row.high_water, row.journal_id, row.token_hash) == (5, 0, "", gateway.token_hash)
    assert LogEntry.objects.get().change_message == "New epoch 5."
    viewer = signed_in("auditor")
    assert viewer.post(reverse("admin:fleet_gateway_new_epoch", args=(gateway.pk,))).status_code == 403
    assert Gateway.objects.get(pk=gateway.pk).epoch == 5


@pytest.mark.usefixtures("central_chain")
def test_an_event_in_quarantine_is_decided_upon() -> None:
    gateway, client = first(Gateway), signed_in()
    released = Event(epoch=1, seq=1)
    released.hold_released.hold_id = "h"
    for seq, event in ((101, Event(epoch=1, seq=1)), (102, released)):
        Quarantine.objects.create(
            gateway=gateway, epoch=1, seq=seq, reason="BAD_REQUEST", event=event.SerializeToString(),
            received_at=timezone.now(),
        )  # fmt: skip
    bad, good = Quarantine.objects.filter(seq__gt=100).order_by("seq")
    for row, name, words, resolved in (
        (bad, "apply_again", "Nothing has changed: BAD_REQUEST", False),
        (bad, "give_up", "Done.", True),
        (bad, "apply_again", "was closed before", True),
        (good, "apply_again", "Done.", True),
    ):
        address = reverse(f"admin:purchases_quarantine_{name}", args=(row.pk,))
        page(client, f"purchases_quarantine_{name}", row.pk)
        assert words in client.post(address, follow=True).content.decode(), (name, words)
        assert (Quarantine.objects.get(pk=row.pk).resolved_at is not None) == resolved
    assert set(LogEntry.objects.values_list("change_message", flat=True)) == {"give_up", "apply_again"}


@pytest.mark.usefixtures("central_chain")
def test_a_gateway_is_online_or_says_since_when_not() -> None:
    client, (one, two) = signed_in(), Gateway.objects.order_by("pk")
    Gateway.objects.filter(pk=one.pk).update(last_seen_at=timezone.now(), queue_rows=0)
    Gateway.objects.filter(pk=two.pk).update(last_seen_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), queue_rows=12)
    listed = page(client, "fleet_gateway_changelist")
    assert "2 Jan 2026, 06:04" in listed
    assert "1 of 2" in page(client, "index")


@pytest.mark.usefixtures("central_chain")
def test_a_draft_is_checked_saved_and_published() -> None:
    client, programme = signed_in(), first(Programme)
    document = json.loads(first(Revision).document)
    document["accrual"]["children"][0]["give"]["points_percent"] = "7"
    answer = client.post(
        reverse("admin:programmes_revision_add"),
        {"programme": programme.pk, "document": json.dumps({**document, "examples": []})},
    )
    assert answer.status_code == 302
    draft = Revision.objects.get(state=RevisionState.DRAFT)
    publish = reverse("admin:programmes_revision_publish_now", args=(draft.pk,))
    asked = client.get(publish).content.decode()
    assert "points_percent" in asked
    past = client.post(publish, {"active_from_0": "2020-01-01", "active_from_1": "10:00"}).content.decode()
    assert "This time has passed." in past
    draft.refresh_from_db()
    assert draft.state == RevisionState.DRAFT
    client.post(publish, {"active_from_0": "", "active_from_1": ""})
    draft.refresh_from_db()
    assert draft.state == RevisionState.PUBLISHED
    assert draft.published_by is not None
    assert json.loads(draft.document)["revision"] == 2
    assert client.post(reverse("admin:programmes_revision_change", args=(draft.pk,)), {}).status_code == 403


@pytest.mark.usefixtures("sqlite_chain")
def test_a_wrong_document_is_shown_with_the_path_and_what_was_written_stays() -> None:
    client, programme = signed_in(), first(Programme)
    document = first(Revision).document.replace('"percent": "10"', '"percent": "1000"', 1)
    document = document.replace('"currency"', '"rounding": "none", "currency"', 1)
    answer = client.post(reverse("admin:programmes_revision_add"), {"programme": programme.pk, "document": document})
    text = answer.content.decode()
    assert "$.discounts.children[0].children[0].give.percent" in text
    assert "$.rounding" in text
    assert "&quot;1000&quot;" in text
    assert Revision.objects.count() == 1


@pytest.mark.usefixtures("sqlite_chain")
def test_a_file_is_as_good_as_pasted_text() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client, programme = signed_in(), first(Programme)
    upload = SimpleUploadedFile("programme.json", b"\xef\xbb\xbf" + first(Revision).document.encode())
    address = reverse("admin:programmes_revision_add")
    assert client.post(address, {"programme": programme.pk, "upload": upload}).status_code == 302
    broken = SimpleUploadedFile("programme.json", b"\xff\xfe")
    answer = client.post(address, {"programme": programme.pk, "upload": broken})
    assert "not UTF-8" in answer.content.decode()


@pytest.mark.usefixtures("sqlite_chain")
def test_rolling_back_by_hand() -> None:
    client, revision = signed_in(), first(Revision)
    client.post(reverse("admin:programmes_revision_roll_back_to", args=(revision.pk,)))
    assert list(Revision.objects.order_by("revision").values_list("state", flat=True)) == ["retired", "published"]


@pytest.mark.usefixtures("sqlite_chain")
@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("cashier", ("customers_customer_changelist", "customers_customer_add"), ("programmes_revision_changelist",)),
        ("marketer", ("programmes_revision_add", "customers_customer_add"), ("fleet_gateway_add", "auth_user_add")),
        ("administrator", ("fleet_gateway_add", "stores_store_add", "auth_user_add"), ()),
        ("analyst", ("purchases_receipt_changelist", "ledger_entry_changelist"), ("customers_customer_add",)),
        ("auditor", ("purchases_quarantine_changelist", "auth_user_changelist"), ("customers_customer_add",)),
    ],
)
def test_roles_open_their_own_pages_only(role: str, may: tuple[str, ...], may_not: tuple[str, ...]) -> None:
    client = signed_in(role)
    page(client, "index")
    for name in may:
        page(client, name)
    for name in may_not:
        assert client.get(reverse(f"admin:{name}")).status_code == 403, name


@pytest.mark.usefixtures("sqlite_chain")
def test_only_who_may_publish_publishes() -> None:
    revision = first(Revision)
    back = reverse("admin:programmes_revision_roll_back_to", args=(revision.pk,))
    assert signed_in("analyst").post(back).status_code == 403
    assert Revision.objects.count() == 1
    assert signed_in("marketer").post(back).status_code == 302
    assert Revision.objects.count() == 2


@pytest.mark.usefixtures("sqlite_chain")
def test_an_administrator_cannot_take_over_a_superuser() -> None:
    client = signed_in("administrator")
    admin = User.objects.get(username="admin")
    password = reverse("admin:auth_user_password_change", args=(admin.pk,))
    answer = client.post(
        password, {"password1": "Taken-over-1!", "password2": "Taken-over-1!", "usable_password": "true"}
    )
    assert answer.status_code == 403
    own = User.objects.get(username__startswith="somebody")
    client.post(
        reverse("admin:auth_user_change", args=(own.pk,)),
        {
            "username": own.username,
            "is_superuser": "on",
            "is_staff": "on",
            "is_active": "on",
            "date_joined_0": "2026-01-01",
            "date_joined_1": "12:00:00",
        },
    )
    assert not User.objects.get(pk=own.pk).is_superuser


@pytest.mark.usefixtures("sqlite_chain")
def test_the_ledger_and_receipts_are_for_reading() -> None:
    client = signed_in()
    for name in ("purchases_receipt_add", "ledger_transaction_add", "ledger_entry_add", "ledger_lot_add"):
        assert client.get(reverse(f"admin:{name}")).status_code == 403


@pytest.mark.usefixtures("sqlite_home")
def test_strangers_see_the_login_only() -> None:
    client = Client(SERVER_NAME="localhost")
    for name in LISTS:
        answer = client.get(reverse(f"admin:{name}_changelist"))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/admin/login/")
    assert Client(SERVER_NAME="elsewhere.example").get("/admin/login/").status_code == 400
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert strict.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 403


@pytest.mark.usefixtures("sqlite_home")
def test_pages_let_nothing_in_from_outside() -> None:
    answer = Client(SERVER_NAME="localhost").get("/admin/login/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"].count("no-store") == 1
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.content.decode())
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.usefixtures("central_chain")
def test_figures_add_up_on_the_overview() -> None:
    customer = first(Customer)
    owed = sum(Customer.objects.values_list("points_available", flat=True))
    client = signed_in()
    assert f"{owed:,}" in page(client, "index")
    soon = timezone.now() + timedelta(minutes=1)
    adjust(connection, key="more", customer_id=customer.pk, points=1_000, programme="romashka", time=soon)
    assert f"{owed + 1_000:,}" in page(client, "index")


@contextmanager
def meanwhile(model: type[Model], key: Any, **values: Any) -> Iterator[None]:
    """The gateways' server writes between a page's reading and its writing."""

    def write(sender: type[Model], **_: Any) -> None:
        sender._default_manager.filter(pk=key).update(**values)

    pre_save.connect(write, sender=model)
    try:
        yield
    finally:
        pre_save.disconnect(write, sender=model)


@pytest.mark.usefixtures("sqlite_chain")
def test_a_page_never_writes_back_what_the_gateways_server_wrote_meanwhile() -> None:
    client, customer, gateway = signed_in(), first(Customer), first(Gateway)
    address = reverse("admin:customers_customer_change", args=(customer.pk,))
    with meanwhile(Customer, customer.pk, points_available=777, purchases=99):
        assert client.post(address, customer_form(customer, first_name="Ева")).status_code == 302
    customer = Customer.objects.get(pk=customer.pk)
    assert (customer.first_name, customer.points_available, customer.purchases) == ("Ева", 777, 99)
    with meanwhile(Gateway, gateway.pk, high_water=12, epoch=3):
        values = {"store": gateway.store_id, "revoked": "on"}
        assert client.post(reverse("admin:fleet_gateway_change", args=(gateway.pk,)), values).status_code == 302
    gateway = Gateway.objects.get(pk=gateway.pk)
    assert (gateway.revoked, gateway.high_water, gateway.epoch) == (True, 12, 3)
