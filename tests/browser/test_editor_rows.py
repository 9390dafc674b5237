"""The tree's rows and the form of what is chosen, in a browser."""

from editing import Central, Visit, open_editor, row, rules, small, use
from playwright.sync_api import expect


def test_choosing_a_rule_leaves_the_rows_of_the_others_as_they_are(visit: Visit, central: Central) -> None:
    page = open_editor(visit("en"), central)
    use(page, small(*rules("a", "b", "c", "d")))
    expect(row(page, "discounts/children/3")).to_contain_text("4 % off")
    page.evaluate("for (const one of document.querySelectorAll('.ed-row')) one.dataset.drawn = 'before'")
    row(page, "discounts/children/1").click()
    expect(row(page, "discounts/children/1")).to_have_attribute("aria-selected", "true")
    drawn_anew = page.locator(".ed-row:not([data-drawn])")
    assert drawn_anew.evaluate_all("(rows) => rows.map((one) => one.dataset.key)") == [
        "discounts",
        "discounts/children/1",
    ]
    page.keyboard.press("Alt+ArrowUp")
    shown = page.locator(".ed-row[data-key^='discounts/children'] b")
    expect(shown).to_have_text(["2 % off", "1 % off", "3 % off", "4 % off"])


def test_what_is_wrong_with_a_rule_as_a_whole_stands_in_its_form_and_not_in_its_groups(
    visit: Visit, central: Central
) -> None:
    page = open_editor(visit("en"), central)
    times = {"id": "times", "give": {"points_times": "2"}}
    use(page, small(*rules("a"), accrual={"id": "acc", "mode": "sum", "children": [times]}))
    row(page, "accrual/children/0").click()
    wrong = page.locator(".ed-form .ed-error")
    expect(wrong).to_contain_text("points_times")
    row(page, "accrual").click()
    expect(row(page, "accrual/children/0")).to_contain_text("points × 2")
    expect(wrong).to_have_count(0)
