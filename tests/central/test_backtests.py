"""Backtests from the admin: asked for on a page, run by a process of their own, read on a page."""

import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from tillgate.accel import compile_programme
from tillgate.accel.backtest import Lines, report_document, run
from tillgate.central.backtests.forms import BacktestForm
from tillgate.central.backtests.launching import launch, mark_lost
from tillgate.central.backtests.models import Backtest, State
from tillgate.central.backtests.running import carry_out
from tillgate.central.home import load_home
from tillgate.central.ledger import check_ledger
from tillgate.central.programmes.models import Revision
from tillgate.central.programmes.publishing import new_draft, publish
from tillgate.central.purchases import Wanted, export_receipts
from tillgate.central.purchases.models import Quarantine, Receipt
from tillgate.central.sql import open_sql
from tillgate.core import parse_basket, parse_programme

DAYS = 12
PATIENCE_S = 60


def draft(days: int) -> Revision:
    """Beside what is in force, and some days of receipts."""
    call_command("seed_demo", days=days, stdout=StringIO())
    current = Revision.objects.select_related("programme").get()
    document = json.loads(current.document)
    document.pop("examples", None)
    document["discounts"]["children"][0]["children"][0]["give"] = {"percent": "12"}
    document["accrual"]["children"][0]["give"] = {"points_percent": "7"}
    return new_draft(current.programme, json.dumps(document))


@pytest.fixture
def revision(sqlite_home: Any) -> Iterator[Revision]:
    """A draft and two days of receipts. Processes are started on this home."""
    with override_settings(HOME=load_home(sqlite_home.folder)):
        yield draft(2)


@pytest.fixture
def full_revision(central_home: Any) -> Iterator[Revision]:
    """A draft and some days of receipts, on each database."""
    with override_settings(HOME=load_home(central_home.folder)):
        yield draft(DAYS)


def client_of(role: str | None, language: str = "en") -> Client:
    user = User.objects.create_user(f"user-{User.objects.count()}", is_staff=True, is_superuser=role is None)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client(SERVER_NAME="localhost", headers={"accept-language": language})
    client.force_login(user)
    return client


def asked(client: Client, revision: Revision, **values: Any) -> Any:
    today = timezone.localdate()
    against = Revision.objects.exclude(pk=revision.pk).get()
    form = {"against": against.pk, "since": today - timedelta(days=DAYS + 1), "until": today, **values}
    return client.post(reverse("admin:backtests_backtest_start", args=(revision.pk,)), form)


def ended(row: Backtest) -> Backtest:
    """The row once the process that `launch` started has ended."""
    for thread in threading.enumerate():
        if thread.name == f"backtest-{row.pk}":
            thread.join(PATIENCE_S)
    row.refresh_from_db()
    assert row.state not in (State.WAITING, State.RUNNING)
    return row


def test_a_marketer_sees_what_a_draft_would_have_made_of_past_receipts(full_revision: Revision) -> None:
    revision = full_revision
    client = client_of("marketer")
    page = client.get(reverse("admin:programmes_revision_change", args=(revision.pk,))).content.decode()
    assert "Backtest…" in page
    answer = asked(client, revision)
    row = Backtest.objects.get()
    assert answer.status_code == 302
    assert answer.url == reverse("admin:backtests_backtest_change", args=(row.pk,))
    row = ended(row)
    assert (row.state, row.failure_en) == (State.DONE, "")
    compiled = [compile_programme(parse_programme(text.encode())) for text in (row.document, row.against_document)]
    lines = Lines(io.BytesIO(b"".join(export_receipts(open_sql(connection), Wanted()))), "central")
    expected = json.loads(json.dumps(report_document(run(*compiled, lines))))
    assert row.report is not None
    assert {**row.report, "notes": expected["notes"]} == expected
    assert row.receipts_done == row.receipts_total == Receipt.objects.count() > 100
    for language, words in (("en", "mechanical effect only"), ("ru", "только механический эффект")):
        reader = client_of("analyst", language)
        page = reader.get(reverse("admin:backtests_backtest_change", args=(row.pk,))).content.decode()
        assert words in page
        report = reader.get(reverse("admin:backtests_backtest_report", args=(row.pk,)))
        assert words in report.content.decode()
        assert report.headers["Content-Security-Policy"].startswith("default-src 'none'")
    document = client.get(reverse("admin:backtests_backtest_document", args=(row.pk,)))
    assert json.loads(document.content) == row.report
    address, told = reverse("admin:backtests_backtest_change", args=(row.pk,)), "A draft has been saved anew since"
    assert told not in client.get(address).content.decode()
    Revision.objects.filter(pk=revision.pk).update(document=row.document.replace('"12"', '"13"'))
    assert told in client.get(address).content.decode()


def test_stored_receipts_price_as_they_were_sold(full_revision: Revision) -> None:
    """Invented receipts were priced by the first revision: it finds the same totals again."""
    revision = full_revision
    current = compile_programme(parse_programme(Revision.objects.exclude(pk=revision.pk).get().document.encode()))
    receipts = {str(row.pk): row for row in Receipt.objects.all()}
    lines = list(export_receipts(open_sql(connection), Wanted()))
    assert len(lines) == len(receipts)
    for line in lines:
        found = json.loads(line)
        answer = current.price(parse_basket(json.dumps(found["basket"]).encode()), "none")
        sold = receipts[found["id"]]
        assert (answer.total_minor, answer.points.earned) == (sold.total_minor, sold.earned_points)
    assert not Quarantine.objects.exists()
    assert check_ledger(open_sql(connection)) == []


def test_days_without_receipts_are_told(revision: Revision) -> None:
    client = client_of("analyst")
    asked(client, revision, since="2020-01-01", until="2020-01-31")
    row = ended(Backtest.objects.get())
    assert (row.state, row.failure_en) == (State.FAILED, "There are no receipts of these days; take others.")
    assert row.failure_en in client.get(reverse("admin:backtests_backtest_change", args=(row.pk,))).content.decode()


def test_the_form_offers_another_revision_to_compare_with(revision: Revision) -> None:
    """The one in force; for that one itself, the one before it."""
    first = Revision.objects.exclude(pk=revision.pk).get()
    assert BacktestForm(revision).initial["against"] == first
    published = publish(revision, None, timezone.now())
    assert BacktestForm(published).initial["against"] == first
    assert BacktestForm(first).initial["against"] == published


def test_a_wrong_period_is_told_at_its_field_and_starts_nothing(revision: Revision) -> None:
    answer = asked(client_of("marketer"), revision, since="2026-02-02", until="2026-02-01")
    assert "The last day is before the first." in answer.content.decode()
    assert not Backtest.objects.exists()


def waiting(revision: Revision) -> Backtest:
    against = Revision.objects.exclude(pk=revision.pk).get()
    today = timezone.localdate()
    return Backtest.objects.create(
        revision=revision, against=against, document=revision.document, against_document=against.document,
        since=today - timedelta(days=DAYS), until=today,
    )  # fmt: skip


def test_one_runs_at_a_time_and_the_next_can_be_stopped(revision: Revision, monkeypatch: pytest.MonkeyPatch) -> None:
    before, row = waiting(revision), waiting(revision)
    Backtest.objects.filter(pk=before.pk).update(state=State.RUNNING, seen_at=timezone.now())
    client = client_of("marketer")
    progress, stop = (reverse(f"admin:backtests_backtest_{name}", args=(row.pk,)) for name in ("progress", "stop"))
    told = []

    def between_two_looks(_: float) -> None:
        told.append(client.get(progress).json())
        assert client_of("analyst").get(stop).status_code == 405
        client.post(stop)

    monkeypatch.setattr("tillgate.central.backtests.running.time.sleep", between_two_looks)
    carry_out(row.pk)
    row.refresh_from_db()
    assert told == [{"state": "waiting", "done": 0, "total": 0, "queued": True}]
    Backtest.objects.filter(pk=row.pk).update(state=State.WAITING)
    before.delete()
    assert client.get(progress).json()["queued"] is False
    assert row.state == State.STOPPED


def test_one_whose_process_is_gone_is_not_waited_for(revision: Revision) -> None:
    before = waiting(revision)
    long_ago = timezone.now() - timedelta(minutes=5)
    Backtest.objects.filter(pk=before.pk).update(state=State.RUNNING, seen_at=long_ago)
    row = waiting(revision)
    launch(row)
    assert ended(row).state == State.DONE
    mark_lost(timezone.now())
    before.refresh_from_db()
    assert (before.state, before.failure_en) == (State.FAILED, "Its process has ended; start it again.")


def test_who_may_not_study_programmes_starts_and_sees_nothing(revision: Revision) -> None:
    cashier, auditor = client_of("cashier"), client_of("auditor")
    start = reverse("admin:backtests_backtest_start", args=(revision.pk,))
    row = waiting(revision)
    assert [client.get(start).status_code for client in (cashier, auditor)] == [403, 403]
    report = reverse("admin:backtests_backtest_progress", args=(row.pk,))
    assert [client.get(report).status_code for client in (cashier, auditor)] == [403, 200]
