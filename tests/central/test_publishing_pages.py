"""What a marketer agrees to on the page of publishing is what is published, and what it calls off is told before."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tillgate.central.programmes.history import compare
from tillgate.central.programmes.models import Programme, Revision, RevisionState
from tillgate.central.programmes.publishing import call_off, new_draft, publish, roll_back
from tillgate.central.programmes.workbench import starting_document
from tillgate.central.stores.models import Organisation
from tillgate.core.errors import Refusal

DAY = timedelta(days=1)


@pytest.fixture
def programme(sqlite_home: object) -> Programme:
    organisation = Organisation.objects.create(name="Chain", currency="RUB")
    return Programme.objects.create(organisation=organisation, code="chain", name="Chain")


@pytest.fixture
def client(programme: Programme) -> Client:
    found = Client(SERVER_NAME="localhost", headers={"accept-language": "en"})
    found.force_login(User.objects.create_superuser("anna"))
    return found


def document(percent: str) -> str:
    group = {"id": "d", "mode": "max", "children": [{"id": "a", "give": {"percent": percent}}]}
    return json.dumps({"format": 1, "id": "chain", "revision": 1, "currency": "RUB", "discounts": group})


def asked(client: Client, revision: Revision, what: str) -> tuple[str, str]:
    """The page of a deed, and what it would send back."""
    address = reverse(f"admin:programmes_revision_{what}", args=(revision.pk,))
    page = client.get(address).content.decode()
    shown = re.search(r'name="shown" value="([^"]+)"', page)
    assert shown is not None
    return page, shown[1]


def agreed(client: Client, revision: Revision, what: str, shown: str) -> str:
    address = reverse(f"admin:programmes_revision_{what}", args=(revision.pk,))
    found: str = client.post(address, {"shown": shown}, follow=True).content.decode()
    return found


def test_a_draft_that_changed_behind_the_page_is_shown_anew_and_not_published(
    programme: Programme, client: Client
) -> None:
    draft = new_draft(programme, document("10"))
    _, shown = asked(client, draft, "publish_now")
    Revision.objects.filter(pk=draft.pk).update(document=document("90"))
    page = agreed(client, draft, "publish_now", shown)
    assert "has changed meanwhile" in page
    assert "90 % off" in page
    assert Revision.objects.get().state == RevisionState.DRAFT
    _, shown = asked(client, draft, "publish_now")
    assert "is published" in agreed(client, draft, "publish_now", shown)


@pytest.mark.parametrize("what", ["publish_now", "roll_back_to"])
def test_what_came_into_force_behind_the_page_is_not_undone_unseen(
    programme: Programme, client: Client, what: str
) -> None:
    now = timezone.now()
    old = publish(new_draft(programme, document("5")), None, now - DAY)
    asked_about = new_draft(programme, document("10")) if what == "publish_now" else old
    _, shown = asked(client, asked_about, what)
    newest = publish(new_draft(programme, document("20")), None, now)
    page = agreed(client, asked_about, what, shown)
    assert "has changed meanwhile" in page
    assert f"against revision {newest.revision}" in page
    assert "20 % off" in page
    assert Revision.objects.filter(state=RevisionState.PUBLISHED).get() == newest


def test_publishing_itself_refuses_another_document_than_its_caller_saw(programme: Programme) -> None:
    draft = new_draft(programme, document("10"))
    seen = Revision.objects.get(pk=draft.pk)
    Revision.objects.filter(pk=draft.pk).update(document=document("90"))
    with pytest.raises(Refusal, match="has changed"):
        publish(seen, None, timezone.now())


def test_what_publishing_calls_off_is_told_before(programme: Programme, client: Client) -> None:
    now = timezone.now()
    publish(new_draft(programme, document("5")), None, now)
    to_come = publish(new_draft(programme, document("20")), None, now, active_from=now + DAY)
    page, shown = asked(client, new_draft(programme, document("6")), "publish_now")
    assert f"Revision {to_come.revision}, scheduled for" in page
    draft = Revision.objects.get(state=RevisionState.DRAFT)
    agreed(client, draft, "publish_now", shown)
    to_come.refresh_from_db()
    assert (to_come.state, to_come.active_from) == (RevisionState.RETIRED, None)


def days_told(client: Client, programme: Programme) -> list[str]:
    page = client.get(reverse("admin:programmes_programme_change", args=(programme.pk,))).content.decode()
    return re.findall(r"tg-mark-(\w+)", page)


def test_what_never_came_into_force_is_no_past_and_nothing_to_begin_with(programme: Programme, client: Client) -> None:
    now = timezone.now()
    publish(new_draft(programme, document("5")), None, now)
    to_come = publish(new_draft(programme, document("20")), None, now, active_from=now + DAY)
    assert days_told(client, programme) == ["current", "scheduled"]
    call_off(to_come, now)
    to_come.refresh_from_db()
    assert to_come.active_from is None
    assert json.loads(starting_document(programme)) == {**json.loads(document("5")), "revision": 1}
    back = roll_back(to_come, None, now)
    assert json.loads(starting_document(programme)) == json.loads(back.document)


def test_a_long_history_is_listed_without_asking_for_each_revision(programme: Programme, client: Client) -> None:
    def asked_for(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        texts = [query["sql"] for query in captured if '"programmes_revision"."document"' in query["sql"]]
        assert len(texts) <= 4, texts
        return len(captured)

    pages = (
        reverse("admin:programmes_revision_changelist"),
        reverse("admin:programmes_programme_change", args=(programme.pk,)),
        reverse("admin:programmes_revision_compare", args=(programme.pk,)),
    )
    now = timezone.now()
    for day in range(3):
        publish(new_draft(programme, document(str(day + 1))), None, now + day * DAY)
    for page in pages:
        asked_for(page)  # Django remembers the types of content.
    few = [asked_for(page) for page in pages]
    for day in range(3, 20):
        publish(new_draft(programme, document(str(day + 1))), None, now + day * DAY)
    assert [asked_for(page) for page in pages] == few


def long_document(rules: int, percent: Callable[[int], int]) -> str:
    children = [{"id": f"r{number}", "give": {"percent": str(percent(number))}} for number in range(rules)]
    group = {"id": "d", "mode": "max", "children": children}
    return json.dumps({"format": 1, "id": "chain", "revision": 1, "discounts": group}, indent=2)


def test_a_giant_programme_is_compared_line_by_line_only_where_that_is_quick() -> None:
    old = long_document(20_000, lambda _: 1)
    one = compare(old, long_document(20_000, lambda number: 1 + (number == 12_345)), "en")
    changed = [(mark, line[1:].strip()) for mark, line in one.lines or [] if mark in "+-"]
    assert changed == [("-", '"percent": "1"'), ("+", '"percent": "2"')]
    every = compare(old, long_document(20_000, lambda _: 2), "en")
    assert (len(every.changes), every.lines) == (20_000, None)


def test_the_number_of_a_revision_is_no_difference() -> None:
    old = long_document(2, lambda _: 1)
    found = compare(old, old.replace('"revision": 1', '"revision": 7'), "en")
    assert (found.changes, found.lines) == ([], [])


def test_what_keeps_a_draft_from_being_published_is_told_before_one_tries(programme: Programme, client: Client) -> None:
    draft = new_draft(programme, document("10"))
    page, _ = asked(client, draft, "publish_now")
    assert "data-wrong" not in page
    assert 'type="submit" disabled' not in page
    Revision.objects.filter(pk=draft.pk).update(document=document("0"))
    page, shown = asked(client, draft, "publish_now")
    assert "$.discounts.children[0].give.percent: " in page
    assert 'type="submit" disabled' in page
    assert "is published" not in agreed(client, draft, "publish_now", shown)


def test_a_programme_that_takes_the_place_of_another_says_so(programme: Programme, client: Client) -> None:
    publish(new_draft(programme, document("10")), None, timezone.now() - DAY)
    page, _ = asked(client, new_draft(programme, document("20")), "publish_now")
    assert "data-gives-way" not in page
    other = Programme.objects.create(organisation=programme.organisation, code="other", name="Other")
    page, _ = asked(client, new_draft(other, document("20").replace('"chain"', '"other"')), "publish_now")
    assert "“Chain” is in force now. Its revision 1 gives way to this programme." in page


def test_times_on_the_page_are_in_the_zone_of_the_settings(programme: Programme, client: Client) -> None:
    page, _ = asked(client, new_draft(programme, document("10")), "publish_now")
    assert f"The time zone is {settings.TIME_ZONE}." in page


def test_a_backtest_begins_on_the_page_of_the_programme(programme: Programme, client: Client) -> None:
    draft = new_draft(programme, document("10"))
    address = reverse("admin:programmes_programme_change", args=(programme.pk,))
    start = reverse("admin:backtests_backtest_start", args=(draft.pk,))
    assert f'href="{start}"' in client.get(address).content.decode()
    analyst = User.objects.create_user("boris", is_staff=True)
    analyst.user_permissions.add(Permission.objects.get(codename="view_programme"))
    client.force_login(analyst)
    assert f'href="{start}"' not in client.get(address).content.decode()
