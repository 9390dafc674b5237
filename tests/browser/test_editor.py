"""What a marketer does in the programme editor, done in a browser: clicking, dragging, typing, with keys alone."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from dice import Dice
from editing import Central, Visit, field, open_editor, row, rules, small, use, value
from playwright.sync_api import Locator, Page, Route, expect

from tillgate.accel import compile_programme
from tillgate.core import parse_basket, parse_programme

NARROW = 375
EVIL = "<script>window.evil=1</script><img src=/ onerror=window.evil=1>"
ORDER = "editor.model.value.discounts.children.map((rule) => rule.id).join()"


def new_programme(page: Page, central: Central, code: str) -> None:
    page.goto(f"{central.address}admin/programmes/programme/add/")
    page.fill("input[name=code]", code)
    page.fill("input[name=name]", "From nothing")
    page.locator("button[name=_continue], input[name=_continue]").click()
    page.locator("a[href*=edit_current]").click()
    expect(page.locator(".ed-tree")).to_be_visible()


def test_a_marketer_builds_and_publishes_a_programme_from_nothing(visit: Visit, central: Central) -> None:
    page = visit("en")
    new_programme(page, central, "from-nothing")
    page.click("[data-add=rule]")
    path = "$.discounts.children[0]"
    field(page, f"{path}.name").locator("input").first.fill("Coffee is cheaper")
    field(page, f"{path}.on").locator("summary").first.click()
    category = field(page, f"{path}.on.category").locator("input")
    category.fill("drinks/coffee")
    category.press("Enter")
    page.click("[data-add=rule]")
    path = "$.discounts.children[1]"
    field(page, f"{path}.give").locator("select").first.select_option("amount")
    field(page, f"{path}.give.amount").locator("input").fill("100,00")
    field(page, f"{path}.when").locator("[data-add=condition]").click()
    row(page, "accrual").click()
    page.locator(".ed-form").get_by_role("button", name="+ Rule").click()
    row(page, "redemption").click()
    page.click("[data-add=redemption]")
    expect(row(page, "discounts/children/0")).to_contain_text("10 % off drinks/coffee")
    expect(row(page, "discounts/children/1")).to_contain_text("₽100.00 off, from ₽1,000.00")
    lines = page.locator(".ed-basket [data-path='$.lines']")
    lines.locator("[data-path='$.lines[0].unit_price'] input").fill("700.00")
    lines.locator("[data-path='$.lines[0].quantity'] input").fill("2")
    chips = lines.locator("[data-path='$.lines[0].categories']")
    if "drinks/coffee" not in chips.inner_text():
        chips.locator("input").fill("drinks/coffee")
        chips.locator("input").press("Enter")
    expect(page.locator(".ed-result")).to_contain_text("Coffee is cheaper −₽140.00")
    expect(page.locator(".ed-result")).to_contain_text("another rule won the line")
    page.click("[data-save=draft]")
    expect(page.locator(".ed-saved")).to_have_text("Saved as draft 1")
    page.click("[data-save=publish]")
    expect(page.locator(".tg-changes")).to_contain_text("Coffee is cheaper: 10 % off drinks/coffee")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("body")).to_contain_text("Revision 1 is published")
    number = re.search(r"/revision/(\d+)/", page.url)
    assert number is not None
    text = page.request.get(f"{central.address}admin/programmes/revision/{number[1]}/document.json").text()
    line = {"sku": "A", "quantity": "2", "unit_price": "700.00", "categories": ["drinks/coffee/beans"]}
    basket = {"currency": "RUB", "lines": [line], "customer": {"id": "c", "points": "5000"}, "redeem": {"max": True}}
    answer = compile_programme(parse_programme(text)).price(parse_basket(basket))
    assert (answer.discount_minor, answer.redeemed_minor, answer.points.earned) == (14_000, 37_800, 44)


def test_rules_are_moved_with_keys_and_by_dragging_and_all_of_it_is_undone(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a", "b", "c"), {"id": "g", "mode": "max", "children": []}))
    row(page, "discounts/children/2").click()
    page.keyboard.press("Alt+ArrowUp")
    assert value(page, ORDER) == "a,c,b,g"
    page.keyboard.press("Control+d")
    assert value(page, ORDER) == "a,c,c-2,b,g"
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert value(page, ORDER) == "a,c,b,g"
    row(page, "discounts/children/1").focus()
    page.keyboard.press("End")
    expect(row(page, "returns")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.ed-form') !== null")
    handle, group = row(page, "discounts/children/0").locator(".ed-handle"), row(page, "discounts/children/3")
    drag(page, handle, group, 0.5)
    assert value(page, ORDER) == "c,b,g"
    assert value(page, "editor.model.value.discounts.children[2].children[0].id") == "a"
    row(page, "discounts/children/2/children/0").click()
    page.keyboard.press("Alt+ArrowLeft")
    assert value(page, ORDER) == "c,b,g,a"
    drag(page, row(page, "discounts/children/3").locator(".ed-handle"), row(page, "discounts/children/0"), 0.1)
    assert value(page, ORDER) == "a,c,b,g"
    drag(page, row(page, "discounts/children/0").locator(".ed-handle"), row(page, "accrual"), 0.5)
    assert value(page, ORDER) == "a,c,b,g"
    before = value(page)
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    assert value(page, ORDER) == "a,c,b,g"
    assert value(page, "editor.model.value.discounts.children[3].children") == []
    for _ in range(3):
        page.get_by_role("button", name="Redo").click()
    assert value(page) == before


def drag(page: Page, handle: Locator, target: Locator, part: float) -> None:
    """Drag to a place in the target: 0 is its top, 1 its bottom."""
    handle.hover()
    page.mouse.down()
    end = target.bounding_box()
    assert end is not None
    page.mouse.move(end["x"] + 80, end["y"] + end["height"] / 2, steps=3)
    page.mouse.move(end["x"] + 80, end["y"] + end["height"] * part)
    page.mouse.up()


def generated() -> list[Any]:
    """Programmes by chance, the same each time."""
    return [Dice(Random(seed)).programme() for seed in range(28)]


#: Opens every form of a document; says how many had to fall back to JSON.
OPEN_ALL = """(documents) => documents.map((document) => {
  editor.model.change(() => structuredClone(document));
  let raw = 0;
  for (const row of editor.tree.rows()) {
    editor.tree.select(row.path);
    for (const more of editor.pane.querySelectorAll("details")) more.open = true;
    raw += editor.pane.querySelectorAll("textarea").length;
  }
  return [JSON.stringify(editor.model.value) === JSON.stringify(document), raw];
})"""


def test_opening_every_form_changes_nothing_and_no_generated_programme_needs_json(
    visit: Visit, central: Central
) -> None:
    page = open_editor(visit("en"), central)
    documents = generated()
    assert len(documents) > 25
    assert page.evaluate(OPEN_ALL, documents) == [[True, 0]] * len(documents)


def test_what_no_form_knows_is_kept_and_edited_as_json(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    strange = {"id": "odd", "give": {"lottery": {"chance": 7}}, "colour": ["red"], "when": [{"moon": "full"}, 5]}
    wrong = {"id": "w", "give": {"percent": {"a": 1}, "per": 3}, "on": "everything", "active": {"hours": [["1"]]}}
    document = small(strange, wrong, {"id": "n", "give": None}, surprise={"x": [1]}, tiers=7, rewards=[None])
    assert page.evaluate(OPEN_ALL, [document])[0][0] is True
    row(page, "discounts/children/0").click()
    field(page, "$.discounts.children[0].name").locator("input").first.fill("Odd")
    field(page, "$.discounts.children[0].colour").locator("textarea").fill('["blue"]')
    field(page, "$.discounts.children[0].colour").locator("textarea").fill('["blue"')
    expected = json.loads(json.dumps(document))
    expected["discounts"]["children"][0] |= {"name": {"en": "Odd"}, "colour": ["blue"]}
    assert value(page) == expected
    page.click("[data-save=draft]")
    expect(page.locator(".ed-saved")).to_contain_text("Saved as draft")
    saved = page.request.get(page.url.replace("editor/", "document.json")).json()
    assert {**saved, "revision": 1} == expected


@pytest.mark.parametrize(("language", "words"), [("en", "from 0 to 100"), ("ru", "от 0 до 100")])
def test_an_error_stands_at_its_field_and_nothing_is_lost(
    visit: Visit, central: Central, language: str, words: str
) -> None:
    page = open_editor(visit(language), central)
    use(page, small(*rules("a", "b")))
    row(page, "discounts/children/1").click()
    percent = field(page, "$.discounts.children[1].give.percent")
    percent.locator("input").fill("110")
    expect(percent.locator(".ed-error")).to_contain_text(words)
    expect(row(page, "discounts/children/1")).to_have_class(re.compile("ed-row-wrong"))
    row(page, "general").click()
    page.click("[data-show=error]")
    expect(percent.locator("input")).to_have_value("110")
    percent.locator("input").fill("11")
    expect(percent.locator(".ed-error")).to_have_count(0)
    quantity = page.locator(".ed-basket [data-path='$.lines[0].quantity']")
    quantity.locator("input").fill("x")
    expect(quantity.locator(".ed-error")).to_be_visible()


@pytest.mark.parametrize(("language", "words"), [("en", "(points): its own cap"), ("ru", "(баллы): свой предел")])
def test_points_that_a_cap_took_are_told(visit: Visit, central: Central, language: str, words: str) -> None:
    page = open_editor(visit(language), central)
    earning = {"id": "p", "give": {"points": "50", "cap": "7"}}
    use(page, small(*rules("a"), accrual={"id": "acc", "mode": "sum", "children": [earning]}))
    expect(page.locator(".ed-result")).to_contain_text(f"−43 {words}")


def test_examples_are_kept_run_accepted_and_deleted(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a")))
    page.locator("[data-take=receipt]").click()
    page.locator(".ed-choices button").first.click()
    expect(page.locator(".ed-choices")).to_have_count(0)
    page.click("[data-tab=examples]")
    page.fill("#example-name", "As it is")
    page.click("[data-keep=example]")
    card = page.locator("[data-example='0']")
    expect(card).to_contain_text("as expected")
    page.click("[data-tab=rules]")
    row(page, "discounts/children/0").click()
    field(page, "$.discounts.children[0].give.percent").locator("input").fill("50")
    page.click("[data-tab=examples]")
    expect(card).to_contain_text("differs")
    expect(card.locator("tbody tr").first).to_contain_text("To pay")
    card.locator("[data-accept]").click()
    expect(card).to_contain_text("as expected")
    expect(card.locator("tbody tr")).to_have_count(0)
    assert value(page, "editor.model.value.examples[0].name") == "As it is"
    card.get_by_role("button", name="Delete").click()
    assert "examples" not in value(page)


def test_only_what_is_calculated_of_the_page_as_it_is_can_be_kept_or_accepted(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a")))
    page.click("[data-tab=examples]")
    page.click("[data-keep=example]")
    card, keep = page.locator("[data-example='0']"), page.locator("[data-keep=example]")
    expect(card).to_contain_text("as expected")
    held: list[Route] = []
    page.route(re.compile("/price"), lambda route: held.append(route))
    use(page, small({"id": "a", "give": {"percent": "50"}}, examples=value(page, "editor.model.value.examples")))
    expect(card).to_contain_text("calculating…")
    expect(keep).to_be_disabled()
    page.unroute(re.compile("/price"))
    with page.expect_request(re.compile("/price")):
        use(page, small({"id": "a", "give": {"percent": "25"}}, examples=value(page, "editor.model.value.examples")))
    expect(card).to_contain_text("differs")
    expect(keep).to_be_enabled()
    page.route(re.compile("/price"), lambda route: route.abort("aborted"))
    use(page, small({"id": "a", "give": {"percent": "30"}}, examples=value(page, "editor.model.value.examples")))
    expect(page.locator(".ed-banner")).to_contain_text("The server does not answer")
    expect(card).to_contain_text("not calculated")
    expect(keep).to_be_disabled()


def test_two_people_edit_and_the_second_is_told(visit: Visit, central: Central) -> None:
    anna, boris = open_editor(visit("en"), central), visit("ru")
    use(anna, small(*rules("a")))
    anna.click("[data-save=draft]")
    expect(anna.locator(".ed-saved")).to_contain_text("Saved as draft")
    open_editor(boris, central, anna.url.split("/revision/")[1])
    for page, percent in ((boris, "15"), (anna, "12")):
        row(page, "discounts/children/0").click()
        field(page, "$.discounts.children[0].give.percent").locator("input").fill(percent)
    boris.keyboard.press("Control+s")
    expect(boris.locator(".ed-saved")).to_contain_text("Сохранено")
    anna.click("[data-save=draft]")
    expect(anna.locator(".ed-clash")).to_contain_text("12 % off → 15 % off")
    assert '"15"' in boris.request.get(boris.url.replace("editor/", "document.json")).text()
    anna.click("[data-clash=theirs]")
    expect(anna.locator(".ed-clash")).to_have_count(0)
    assert value(anna, "editor.model.value.discounts.children[0].give.percent") == "15"
    anna.get_by_role("button", name="Undo").click()
    assert value(anna, "editor.model.value.discounts.children[0].give.percent") == "12"


def test_markup_in_names_is_text_and_json_goes_in_and_out(visit: Visit, central: Central, tmp_path: Path) -> None:
    page = open_editor(visit("en"), central)
    evil = {"id": EVIL, "name": {"ru": EVIL, "en": EVIL}, "give": {"percent": "10"}, "on": {"category": [EVIL]}}
    document = small(evil, name=EVIL, rewards=[{"id": "p", "give": {"prompt": {"text": EVIL}}}])
    file = tmp_path / "programme.json"
    file.write_text(json.dumps(document), encoding="utf-8-sig")
    page.click("[data-tab=json]")
    page.locator("#json-file").set_input_files(file)
    expect(page.locator("#json")).to_have_value(re.compile("window.evil"))
    page.click("[data-tab=rules]")
    row(page, "discounts/children/0").click()
    expect(page.locator(".ed-told", has_text="Rewards")).to_contain_text("<script>")
    expect(row(page, "discounts/children/0")).to_contain_text("<img src=/ onerror=window.evil=1>")
    page.click("[data-tab=json]")
    page.locator("#json").fill(json.dumps({**document, "name": "pasted"}))
    page.locator("#json").fill("{")
    expect(page.locator(".tg-error", has_text="no JSON")).to_be_visible()
    with page.expect_download() as download:
        page.click("[data-json=download]")
    assert json.loads(Path(download.value.path()).read_text()) == {**document, "name": "pasted"}
    assert page.evaluate("window.evil") is None


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_programme_is_edited_on_a_phone(visit: Visit, central: Central, language: str) -> None:
    page = open_editor(visit(language, NARROW), central)
    page.click("[data-add=rule]")
    index = len(value(page, "editor.model.value.discounts.children")) - 1
    path = f"$.discounts.children[{index}]"
    field(page, f"{path}.give").locator("select").first.select_option("buy")
    field(page, f"{path}.when").locator("[data-add=condition]").click()
    page.locator("[data-add=active]").click()
    field(page, f"{path}.active").locator("[data-day=fri]").click()
    for more in page.locator(".ed-form details").all():
        more.evaluate("(details) => { details.open = true; }")
    expect(row(page, f"discounts/children/{index}")).to_contain_text("пт" if language == "ru" else "Fri")
    for tab in ("rules", "examples", "json"):
        page.click(f"[data-tab={tab}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, tab
    page.click("[data-save=draft]")
    expect(page).to_have_url(re.compile(r"/editor/$"))
    page.click("[data-save=publish]")
    expect(page.locator(".tg-changes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


@pytest.mark.parametrize(
    ("language", "written"), [("ru", "^\\d+(\u00a0\\d{3})+,\\d\\d\u00a0₽$"), ("en", "^₽\\d+(,\\d{3})+\\.\\d\\d$")]
)
def test_money_is_written_as_in_reports(visit: Visit, central: Central, language: str, written: str) -> None:
    page = open_editor(visit(language), central)
    page.locator("[data-path='$.lines[0].unit_price'] input").fill("1234567.50")
    page.locator("[data-path='$.lines[0].quantity'] input").fill("1234.5")
    for place in ("[data-figure=total]", ".ed-result td b"):
        expect(page.locator(place).first).to_have_text(re.compile(written))
    expect(page.locator(".ed-result td small").first).to_contain_text(
        {"ru": "1\u00a0234,5 ×", "en": "1,234.5 ×"}[language]
    )
