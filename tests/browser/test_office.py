"""What an administrator does in the web admin, done in a browser."""

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from playwright.sync_api import Page, expect

Visit = Callable[..., Page]


class Central(Protocol):
    """What conftest.py makes."""

    @property
    def address(self) -> str: ...
    @property
    def chain(self) -> dict[str, Any]: ...


WORDS = {
    "ru": ("Магазины", "Шлюзы", "Чеки", "Проводки", "Покупатели"),
    "en": ("Stores", "Gateways", "Receipts", "Entries", "Customers"),
}
NARROW = 375
MAIN_PAGES = (
    "", "customers/customer/", "purchases/receipt/", "purchases/quarantine/", "ledger/transaction/", "ledger/entry/",
    "programmes/programme/", "programmes/revision/", "programmes/revision/add/", "programmes/revision/1/change/",
    "programmes/revision/programme/1/", "programmes/revision/1/editor/", "programmes/revision/programme/1/compare/",
    "programmes/programme/1/change/",
    "fleet/gateway/", "fleet/gateway/1/change/", "stores/store/", "customers/cardkind/", "auth/user/",
)  # fmt: skip


def follow(page: Page, words: str) -> None:
    """Click an item of the menu."""
    # The icon in front is a ligature, so its name is part of the link's text.
    with page.expect_navigation():
        page.locator("#nav-sidebar-apps a", has_text=re.compile(rf"\s{words}\s*$")).click()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_everything_is_found_from_the_menu(visit: Visit, central: Central, language: str) -> None:
    page = visit(language)
    stores, gateways, receipts, entries, customers = WORDS[language]
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".tg-chart rect")).to_have_count(14)
    follow(page, stores)
    expect(page.get_by_role("link", name="Ромашка на Лесной")).to_be_visible()
    follow(page, gateways)
    expect(page.get_by_role("link", name="gw-msk-01")).to_be_visible()
    follow(page, receipts)
    page.locator("#result_list tbody a").first.click()
    expect(page.locator("#receipt-lines tbody tr").first).to_contain_text("₽")
    follow(page, entries)
    assert page.locator("#result_list tbody tr").count() > 10
    follow(page, customers)
    person = next(customer for customer in central.chain["customers"] if customer["card"] and customer["points"])
    page.fill("#searchbar", person["card"])
    with page.expect_navigation():
        page.press("#searchbar", "Enter")
    page.locator("#result_list tbody a").first.click()
    expect(page.locator("input[name=identifiers-0-value]")).to_have_value(person["card"])
    expect(page.locator("#customer-history")).to_contain_text("Opening balance")


def test_a_customer_is_edited_and_the_change_is_in_the_history(visit: Visit, central: Central) -> None:
    page = visit("en")
    customer = central.chain["customers"][20]
    page.goto(f"{central.address}admin/customers/customer/{customer['customer_id']}/change/")
    page.fill("input[name=first_name]", "Евлампия")
    page.select_option("select[name=tier]", "gold")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("#result_list")
    page.goto(f"{central.address}admin/customers/customer/{customer['customer_id']}/change/")
    expect(page.locator("input[name=first_name]")).to_have_value("Евлампия")
    page.goto(f"{central.address}admin/customers/customer/{customer['customer_id']}/history/")
    expect(page.locator("body")).to_contain_text("Changed")
    expect(page.locator("body")).to_contain_text("admin")


def new_draft(page: Page, central: Central) -> str:
    """Open the form of a new revision for who writes JSON; the document it starts with."""
    page.goto(f"{central.address}admin/programmes/revision/add/?programme=1")
    page.wait_for_selector("textarea[name=document]")
    return page.input_value("textarea[name=document]")


def test_a_revision_is_drafted_and_published(visit: Visit, central: Central) -> None:
    page = visit("en")
    document = json.loads(new_draft(page, central))
    document["accrual"]["children"][0]["give"]["points_percent"] = "6"
    document["examples"] = []
    page.fill("textarea[name=document]", json.dumps(document, ensure_ascii=False))
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="Publish…").click()
    expect(page.locator("form .tg-plus", has_text="points_percent")).to_contain_text("6")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("body")).to_contain_text(re.compile(r"Revision \d+ is published"))
    expect(page.locator("#content-main")).to_contain_text("in force")
    expect(page.locator("textarea[name=document]")).to_have_count(0)


@pytest.mark.parametrize(("language", "words"), [("ru", "В $.accrual"), ("en", "At $.accrual")])
def test_a_bad_document_shows_the_path(visit: Visit, central: Central, language: str, words: str) -> None:
    page = visit(language)
    page.goto(f"{central.address}admin/programmes/revision/add/")
    document = page.input_value("textarea[name=document]")
    page.fill("textarea[name=document]", document.replace('"points_percent"', '"points_per_cent"'))
    page.locator("button[name=_save], input[name=_save]").click()
    expect(page.locator("#content-main")).to_contain_text(f"{words}.children[0].give.points_per_cent")
    assert "points_per_cent" in page.input_value("textarea[name=document]")


def test_a_gateways_token_is_shown_once(visit: Visit, central: Central) -> None:
    page = visit("en")
    page.goto(f"{central.address}admin/fleet/gateway/add/")
    page.fill("input[name=gateway_id]", "gw-browser")
    page.select_option("select[name=store]", label="Ромашка у реки")
    page.get_by_role("button", name="Save", exact=True).click()
    token = page.locator("[data-token]").inner_text()
    assert token.startswith("tg_")
    with page.expect_navigation():
        page.get_by_role("link", name="I have copied it").click()
    expect(page.locator("input, select").first).to_be_attached()
    assert token not in page.content()


def test_the_language_is_chosen_before_and_after_signing_in(visit: Visit) -> None:
    page = visit("ru", sign_in=False)
    expect(page.locator("body")).to_contain_text("Войти")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page = visit("ru")
    page.get_by_text("Ада Админова").first.click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#dashboard")).to_contain_text("Receipts today")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_nothing_hangs_over_the_edge_of_a_phone(visit: Visit, central: Central, language: str) -> None:
    page = visit(language, NARROW)
    customer = central.chain["customers"][4]["customer_id"]
    wide = []
    for path in (*MAIN_PAGES, f"customers/customer/{customer}/change/"):
        answer = page.goto(f"{central.address}admin/{path}")
        assert answer is not None
        assert answer.status == 200, path
        page.wait_for_load_state()
        scroll = page.evaluate("document.documentElement.scrollWidth")
        if scroll > NARROW:
            wide.append((path, scroll))
    page.goto(f"{central.address}admin/purchases/receipt/")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_selector("#receipt-lines")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert wide == []
