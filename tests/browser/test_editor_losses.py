"""Nothing typed in the programme editor is lost, and nothing shown there is of before."""

import json
import re
from typing import Any

from editing import Central, Visit, field, open_editor, row, rules, small, use, value
from playwright.sync_api import Page, Route, expect

KIT = "$.discounts.children[0].give.kit"


def saved(page: Page) -> Any:
    """What the server has of the draft."""
    expect(page).to_have_url(re.compile(r"/editor/$"))
    return json.loads(page.request.get(page.url.replace("editor/", "document.json")).text())


def test_rows_of_a_kit_keep_what_was_typed_whatever_the_articles_are(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small({"id": "k", "give": {"kit": {"tea": 1}, "price": "1.00"}}))
    row(page, "discounts/children/0").click()
    field(page, KIT).get_by_label("value").fill("4")
    field(page, KIT).locator("[data-add=row]").click()
    article = field(page, KIT).get_by_label("name").nth(1)
    expect(article).to_be_focused()
    article.press_sequentially("2001")
    kit = "editor.model.value.discounts.children[0].give.kit"
    assert value(page, kit) == {"tea": 4, "2001": 1}
    article.press("Backspace")
    article.press_sequentially("77")
    field(page, KIT).get_by_label("value").nth(1).fill("3")
    assert value(page, kit) == {"tea": 4, "20077": 3}
    article.fill("tea")
    twice = field(page, KIT).get_by_text("This stands in another row already.").nth(1)
    expect(twice).to_be_visible()
    assert value(page, kit) == {"tea": 4, "": 3}
    article.fill("1")
    expect(twice).to_be_hidden()
    assert value(page, kit) == {"tea": 4, "1": 3}


def test_a_click_that_leaves_a_field_of_names_does_what_it_says(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small({"id": "a", "on": {"category": ["x"]}, "give": {"percent": "1"}}))
    row(page, "discounts/children/0").click()
    category = field(page, "$.discounts.children[0].on.category")
    category.locator("input").press_sequentially("drinks")
    field(page, "$.discounts.children[0].when").locator("[data-add=condition]").click()
    expect(field(page, "$.discounts.children[0].when").locator(".ed-card")).to_have_count(1)
    category.locator("input").press_sequentially("coffee, tea")
    page.click("[data-save=draft]")
    expect(page.locator(".ed-saved")).to_contain_text("Saved as draft")
    assert saved(page)["discounts"]["children"][0]["on"] == {"category": ["x", "drinks", "coffee", "tea"]}
    category.get_by_role("button", name="Remove x").click()
    expect(category.locator(".ed-chip")).to_have_count(3)
    category.locator("input").press_sequentially("water")
    page.keyboard.press("Control+s")
    expect(page.locator(".ed-saved")).to_contain_text("Saved as draft")
    assert saved(page)["discounts"]["children"][0]["on"] == {"category": ["drinks", "coffee", "tea", "water"]}


def test_what_is_saved_again_while_a_save_is_under_way_is_kept(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a")))
    held: list[Route] = []
    page.route(re.compile("/save"), lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(re.compile("/save")):
        page.click("[data-save=draft]")
    use(page, small(*rules("b")))
    page.click("[data-save=draft]")
    held[0].continue_()
    expect(page.locator(".ed-saved")).to_contain_text("Saved as draft")
    assert saved(page)["discounts"]["children"][0]["id"] == "b"


def test_whoever_signs_in_anew_elsewhere_saves_what_is_on_the_page(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a")))
    tab = page.context.new_page()
    tab.goto(f"{central.address}admin/")
    tab.evaluate("document.querySelector('form[action*=logout]').submit()")
    tab.wait_for_url(re.compile("logout"))
    page.click("[data-save=draft]")
    expect(page.locator(".ed-notice")).to_contain_text("You are signed out")
    tab.goto(f"{central.address}admin/")
    tab.fill("input[name=username]", central.login)
    tab.fill("input[name=password]", central.password)
    tab.press("input[name=password]", "Enter")
    tab.wait_for_selector("#dashboard")
    page.click("[data-save=draft]")
    expect(page.locator(".ed-saved")).to_contain_text("Saved as draft")
    assert saved(page)["discounts"]["children"][0]["id"] == "a"


def test_figures_of_before_are_told_to_be_so(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a")))
    preview, of_before = page.locator(".ed-preview"), "figures of before the last change"
    expect(page.locator(".ed-result")).not_to_have_class(re.compile("ed-old"))
    use(page, small({"id": "a", "give": {"percent": "x"}}))
    expect(page.locator(".ed-result")).to_have_class(re.compile("ed-old"))
    expect(preview).to_contain_text(of_before)
    use(page, small(*rules("a")))
    expect(preview).not_to_contain_text(of_before)
    page.route(re.compile("/price"), lambda route: route.abort("aborted"))
    use(page, small(*rules("b")))
    expect(page.locator(".ed-banner")).to_contain_text("The server does not answer")
    expect(preview).to_contain_text(of_before)


def test_text_that_is_no_json_waits_and_is_told(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a")))
    page.click("[data-save=draft]")
    expect(page.locator(".ed-saved")).to_contain_text("Saved as draft")
    page.click("[data-tab=json]")
    page.locator("#json").fill('{"half": ')
    expect(page.locator("[data-tab=json]")).to_have_text("JSON (!)")
    expect(page.locator(".ed-saved")).to_have_text("Not saved")
    page.click("[data-tab=rules]")
    page.click("[data-add=rule]")
    page.click("[data-tab=json]")
    expect(page.locator("#json")).to_have_value('{"half": ')
    page.click("[data-json=drop]")
    expect(page.locator("[data-tab=json]")).to_have_text("JSON")
    assert json.loads(page.locator("#json").input_value()) == value(page)


def test_what_is_chosen_is_never_folded_away(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    group = {"id": "g", "mode": "max", "children": rules("a", "b")}
    use(page, small(group))
    row(page, "discounts/children/0/children/1").click()
    fold = row(page, "discounts/children/0").locator(".ed-fold")
    fold.click()
    expect(row(page, "discounts/children/0")).to_have_attribute("aria-selected", "true")
    page.click("[data-add=rule]")
    added = row(page, "discounts/children/0/children/2")
    expect(added).to_have_attribute("aria-selected", "true")
    assert page.evaluate("document.activeElement.closest('.ed-form') !== null")
    fold.click()
    page.evaluate("editor.model.change((value) => { value.discounts.children[0].children[1].give.percent = 'x'; })")
    expect(row(page, "discounts/children/0")).to_have_class(re.compile("ed-row-wrong"))
    page.click("[data-show=error]")
    expect(row(page, "discounts/children/0/children/1")).to_have_attribute("aria-selected", "true")


def test_buttons_of_the_tree_keep_the_keyboard(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a", "b", "c")))
    row(page, "discounts/children/2").click()
    up = page.get_by_role("button", name="Move up")
    up.focus()
    page.keyboard.press("Enter")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    assert value(page, "editor.model.value.discounts.children.map((rule) => rule.id).join()") == "c,a,b"
