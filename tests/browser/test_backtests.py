"""What a marketer sees of a backtest, done in a browser: the form, the bar, the figures, the report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Page, expect

Visit = Callable[..., Page]
NARROW = 375
PATIENCE_MS = 60_000
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Central(Protocol):
    """What conftest.py makes."""

    @property
    def address(self) -> str: ...


def draft(page: Page, central: Central) -> None:
    """Save a second revision."""
    page.goto(f"{central.address}admin/programmes/revision/add/?programme=1")
    document = json.loads(page.input_value("textarea[name=document]"))
    document["accrual"]["children"][0]["give"]["points_percent"] = "6"
    page.fill("textarea[name=document]", json.dumps(document | {"examples": []}, ensure_ascii=False))
    page.get_by_role("button", name="Save and continue editing").click()


@pytest.fixture
def result(visit: Visit, central: Central) -> Page:
    """The page of a backtest that has ended, in English."""
    page = visit("en")
    draft(page, central)
    page.get_by_role("link", name="Backtest…").click()
    expect(page.locator("select[name=against] option:checked")).to_contain_text("· 1 · in force")
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator("#backtest .tg-figures").wait_for(timeout=PATIENCE_MS)
    return page


def test_a_backtest_is_asked_for_watched_and_read(result: Page, visit: Visit, tmp_path: Path) -> None:
    heads = result.locator("#backtest table").first.locator("th").all_inner_texts()
    assert heads == ["", "Revision 1", "Revision 2", "Change"]
    expect(result.get_by_text("all", exact=True)).to_be_visible()
    expect(result.locator("#backtest")).to_contain_text("mechanical effect only")
    with result.expect_download() as download:
        result.get_by_role("link", name="Save it as a page").click()
    report = tmp_path / "report.html"
    download.value.save_as(report)
    narrow = visit("ru", NARROW)
    for address in (result.url, result.get_by_role("link", name="Open the report").get_attribute("href") or ""):
        narrow.goto(result.url if address == result.url else f"{result.url.split('/admin/')[0]}{address}")
        assert not narrow.evaluate(TOO_WIDE), address
        expect(narrow.locator("body")).to_contain_text("только механический эффект")
    opens_without_a_network(result, report)


def opens_without_a_network(page: Page, report: Path) -> None:
    """The saved page, with its style and its charts."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(offline=True, viewport={"width": NARROW, "height": 900})
    alone, asked, wrong = context.new_page(), [], []
    alone.on("request", lambda request: asked.append(request.url))
    alone.on("console", lambda said: wrong.append(said.text))
    alone.goto(report.as_uri())
    expect(alone.locator("svg").first).to_be_visible()
    assert alone.evaluate("getComputedStyle(document.querySelector('.tile')).borderTopStyle") == "solid"
    assert not alone.evaluate(TOO_WIDE)
    assert (asked, wrong) == ([report.as_uri()], [])
    context.close()
