"""Which windows of days a programme asks for."""

from typing import Any

from tillgate.core import parse_programme
from tillgate.core.programme import Programme
from tillgate.core.windows import rules_by_turnover, turnover_windows


def programme(*rules: dict[str, Any], **more: Any) -> Programme:
    children = [{"id": f"r{number}", "give": {"percent": "1"}} | rule for number, rule in enumerate(rules)]
    group = {"id": "d", "mode": "sequence", "children": children}
    return parse_programme({"format": 1, "id": "p", "revision": 1, "currency": "RUB", "discounts": group, **more})


def test_tiers_that_are_names_alone_look_at_no_turnover() -> None:
    """Else every gateway would be told every day of every customer."""
    assert turnover_windows(programme({"when": [{"tier": ["gold"]}]})) == frozenset()
    tiers = {"window": "month", "levels": [{"id": "gold", "from": "0"}]}
    assert turnover_windows(programme({"when": [{"tier": ["gold"]}]}, tiers=tiers)) == {"month"}


def test_rules_ask_by_conditions_at_any_depth_and_by_effects() -> None:
    spent = {"turnover": {"window": "week", "at_least": "1.00"}}
    levels = {"percent_by": {"turnover": "month", "levels": [["10.00", "5"]]}}
    everything = {"turnover": {"window": "all", "at_least": "1.00"}}
    found = programme(
        {"when": [{"any": [{"identified": False}, {"not": spent}]}]}, {"give": levels}, {"when": [everything]}
    )
    assert [rule.id for rule in rules_by_turnover(found)] == ["r0", "r1"]
    assert turnover_windows(found) == {"week", "month"}
