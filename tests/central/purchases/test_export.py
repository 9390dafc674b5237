"""Receipts leave the central service as documents that a backtest prices, on both databases."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from django.db import connection
from event_stream import NOW, Stream

from tillgate.central.customers.models import Customer
from tillgate.central.purchases import Wanted, export_receipts
from tillgate.central.sql import open_sql
from tillgate.core import parse_basket

TILLGATE = (sys.executable, "-c", "from tillgate.gateway.cli import main; main()")


class Home(Protocol):
    """What conftest.py makes."""

    @property
    def folder(self) -> Path: ...
    @property
    def command(self) -> tuple[str, ...]: ...


def exported(wanted: Wanted | None = None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export_receipts(open_sql(connection), wanted or Wanted())]


def test_a_receipt_says_what_was_known_of_the_guest_then(stream: Stream) -> None:
    customer = Customer.objects.get(pk=stream.customer)
    customer.segments, customer.tier, customer.birthday = ["vip"], "gold", NOW.date()
    customer.save()
    first, second = stream.purchase(earned=500, total=700), stream.purchase()
    rich = second.purchase_committed.purchase
    rich.answer.tier.id = "silver"
    rich.basket.coupons.append("SPRING")
    rich.basket.redeem.points = 250
    rich.basket.lines[0].marked, rich.basket.lines[0].discountable = True, False
    rich.tenders.add(type="card", amount_minor=1_000)
    cancelled = stream.purchase()
    stream.send(first, second, cancelled, stream.cancel(cancelled), stream.purchase(customer=""))
    one, two, unknown = (receipt["basket"] for receipt in exported())
    assert one["customer"]["purchases"] == 0
    assert "last_purchase" not in one["customer"]
    assert one["time"] == "2026-11-21T15:01:00+03:00"
    assert two["customer"] | {"id": ""} == {
        "id": "", "tier": "silver", "segments": ["vip"], "points": "5", "turnover": {"all": "7.00"}, "purchases": 1,
        "first_purchase": "2026-11-21T15:01:00+03:00", "last_purchase": "2026-11-21T15:01:00+03:00",
        "registered": two["customer"]["registered"], "birthday": "2026-11-21",
    }  # fmt: skip
    assert (two["coupons"], two["redeem"], two["payments"]) == (["SPRING"], {"points": "2.5"}, [{"type": "card"}])
    assert (two["lines"][0]["marked"], two["lines"][0]["discountable"]) == (True, False)
    assert "customer" not in unknown
    assert all(parse_basket(basket, 2) for basket in (one, two, unknown))


def test_pages_lose_nothing_and_filters_hold(stream: Stream) -> None:
    """More than two pages, many in the same moment."""
    events = []
    for number in range(1_203):
        events.append(stream.purchase(customer=""))
        events[-1].purchase_committed.purchase.committed_time.FromDatetime(NOW - timedelta(days=number // 400))
    stream.send(*events)
    names = {event.purchase_committed.purchase.purchase_id for event in events}
    found = [receipt["id"] for receipt in exported()]
    assert (len(found), set(found)) == (1_203, names)
    yesterday = (NOW - timedelta(days=1)).date()
    assert len(exported(Wanted(since=yesterday, until=yesterday))) == 400
    assert len(exported(Wanted(("store-1",), since=NOW.date()))) == 400


def test_a_backtest_takes_them_from_the_home(central_home: Home, stream: Stream, tmp_path: Path) -> None:
    stream.send(stream.purchase(), stream.purchase(customer=""))
    programme = {"format": 1, "id": "p", "revision": 1, "currency": "RUB"}
    rule = {"id": "ten", "give": {"percent": "10"}}
    (tmp_path / "old.json").write_text(json.dumps(programme))
    (tmp_path / "new.json").write_text(
        json.dumps(programme | {"discounts": {"id": "d", "mode": "max", "children": [rule]}})
    )
    command = [
        *TILLGATE, "backtest", "--programme", f"{tmp_path}/new.json", "--against", f"{tmp_path}/old.json",
        "--receipts", "central", "--home", str(central_home.folder), "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["totals"]["receipts"], report["errors"]["count"]) == (2, 0)
    assert report["totals"]["discount"]["new"] == "2.20"
    assert "come from the central service" in report["notes"][1]["en"]
    refused = subprocess.run([*command, "--store", "moon"], capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 1
    assert "no such store: moon" in refused.stderr
