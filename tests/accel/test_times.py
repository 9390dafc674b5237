"""Time, by worked examples: offsets that change, nights, leap days, ends of months and years."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from comparing import answered, compiled_of
from oracle import evaluate
from priced import Json, basket, line, price, programme, reasons

BERLIN = ZoneInfo("Europe/Berlin")


def holds(time: str, active: Json | None = None, when: Json | None = None, **customer: Any) -> bool:
    rule: Json = {"id": "r", "give": {"percent": "10"}}
    rule |= ({"active": active} if active else {}) | ({"when": [when]} if when else {})
    return bool(price(programme(rule), basket(line(), time=time, customer={"id": "c"} | customer)).discount_minor)


@pytest.mark.parametrize(
    ("utc", "local", "applies"),
    [
        # 25 October 2026: at three the clocks go back to two, so half past two comes twice.
        ("2026-10-25T00:29:59", "2026-10-25T02:29:59+02:00", False),
        ("2026-10-25T00:30:00", "2026-10-25T02:30:00+02:00", True),
        ("2026-10-25T00:59:59", "2026-10-25T02:59:59+02:00", True),
        ("2026-10-25T01:00:00", "2026-10-25T02:00:00+01:00", False),
        ("2026-10-25T01:30:00", "2026-10-25T02:30:00+01:00", True),
        ("2026-10-25T02:00:00", "2026-10-25T03:00:00+01:00", False),
        # 29 March 2026: from two the clocks go on to three, half past two never comes.
        ("2026-03-29T00:59:59", "2026-03-29T01:59:59+01:00", False),
        ("2026-03-29T01:00:00", "2026-03-29T03:00:00+02:00", False),
    ],
)
def test_hours_are_those_of_the_wall_when_clocks_change(utc: str, local: str, applies: bool) -> None:
    time = datetime.fromisoformat(utc).replace(tzinfo=UTC).astimezone(BERLIN).isoformat()
    assert time == local
    assert holds(time, {"hours": [["02:30", "03:00"]]}) is applies


@pytest.mark.parametrize(
    ("time", "active", "applies"),
    [
        ("2026-12-31T23:59:59+03:00", {"dates": ["12-31"]}, True),
        ("2027-01-01T00:00:00+03:00", {"dates": ["12-31"]}, False),
        ("2026-12-31T21:30:00+00:00", {"dates": ["12-31"]}, True),
        ("2027-01-01T00:30:00+03:00", {"dates": ["12-31"], "hours": [["22:00", "01:00"]]}, True),
        ("2026-12-31T00:30:00+03:00", {"dates": ["12-31"], "hours": [["22:00", "01:00"]]}, False),
        ("2027-12-31T12:00:00+03:00", {"dates": ["2026-12-31"]}, False),
        ("2028-02-29T12:00:00+03:00", {"dates": ["02-29"]}, True),
        ("2027-03-01T12:00:00+03:00", {"dates": ["02-29"]}, False),
        ("2027-03-01T00:30:00+03:00", {"dates": ["02-28"], "hours": [["23:00", "02:00"]]}, True),
        ("2028-03-01T00:30:00+03:00", {"dates": ["02-29"], "hours": [["23:00", "02:00"]]}, True),
        ("2026-11-30T23:59:00+03:00", {"weekdays": ["mon"]}, True),
        ("2026-12-01T00:00:00+03:00", {"weekdays": [2]}, True),
        ("2026-11-20T23:59:59+03:00", {"to": "2026-11-20"}, True),
        ("2026-11-21T00:00:00+03:00", {"to": "2026-11-20"}, False),
        ("2026-11-20T00:00:00+03:00", {"from": "2026-11-20"}, True),
        ("2026-11-19T23:59:59+03:00", {"from": "2026-11-20"}, False),
        ("2026-11-20T12:00:00+03:00", {"from": "2026-11-20T09:00:00+00:00"}, True),
        ("2026-11-20T11:59:59+03:00", {"from": "2026-11-20T09:00:00+00:00"}, False),
        ("2026-11-20T12:00:00+03:00", {"to": "2026-11-20T09:00:00+00:00"}, False),
        ("2026-11-20T12:00:00+03:00", {"to": "2026-11-20T09:00:00.500+00:00"}, True),
        ("2026-11-20T12:00:01+03:00", {"to": "2026-11-20T09:00:00.500+00:00"}, False),
        ("2026-11-20T12:00:00+03:00", {"from": "2026-11-20T09:00:00.500+00:00"}, False),
        ("2026-11-20T12:00:01+03:00", {"from": "2026-11-20T09:00:00.500+00:00"}, True),
        ("1969-12-31T23:59:58+00:00", {"to": "1969-12-31T23:59:58.500+00:00"}, True),
        ("1969-12-31T23:59:58+00:00", {"from": "1969-12-31T23:59:58.500+00:00"}, False),
        ("2026-11-20T23:00:00+03:00", {"hours": [["23:00", "24:00"]]}, True),
        ("2026-11-20T00:00:00+03:00", {"hours": [["23:00", "24:00"]]}, False),
        ("0001-01-01T00:30:00+00:00", {"hours": [["22:00", "01:00"]]}, True),
        ("9999-12-31T23:30:00+00:00", {"hours": [["22:00", "01:00"]], "dates": ["12-31"]}, True),
    ],
)
def test_schedules_at_their_edges(time: str, active: Json, applies: bool) -> None:
    assert holds(time, active) is applies


@pytest.mark.parametrize(
    ("time", "born", "window", "applies"),
    [
        ("2027-02-28T12:00:00+03:00", "2000-02-29", {"before": 0, "after": 0}, True),
        ("2027-03-01T12:00:00+03:00", "2000-02-29", {"before": 0, "after": 1}, True),
        ("2028-02-28T12:00:00+03:00", "2000-02-29", {"before": 1, "after": 0}, True),
        ("2028-02-28T12:00:00+03:00", "2000-02-29", {"before": 0, "after": 30}, False),
        ("2100-02-28T12:00:00+03:00", "2000-02-29", {"before": 0, "after": 0}, True),
        ("2026-12-30T12:00:00+03:00", "1990-01-02", {"before": 3, "after": 0}, True),
        ("2026-12-29T12:00:00+03:00", "1990-01-02", {"before": 3, "after": 0}, False),
        ("2027-01-02T12:00:00+03:00", "1990-12-31", {"before": 0, "after": 2}, True),
        ("2026-11-20T22:30:00+00:00", "1990-11-21", {"before": 0, "after": 0}, False),
        ("2026-11-21T01:30:00+03:00", "1990-11-21", {"before": 0, "after": 0}, True),
    ],
)
def test_birthdays_across_years_and_leap_days(time: str, born: str, window: Json, applies: bool) -> None:
    assert holds(time, when={"birthday": window}, birthday=born) is applies


@pytest.mark.parametrize(
    ("time", "born", "years"),
    [
        ("2026-11-20T23:59:59+03:00", "1990-11-21", 35),
        ("2026-11-21T00:00:00+03:00", "1990-11-21", 36),
        ("2027-02-27T12:00:00+03:00", "2000-02-29", 26),
        ("2027-02-28T12:00:00+03:00", "2000-02-29", 27),
        ("2028-02-28T12:00:00+03:00", "2000-02-29", 27),
        ("2028-02-29T12:00:00+03:00", "2000-02-29", 28),
    ],
)
def test_ages_in_full_years(time: str, born: str, years: int) -> None:
    for asked in (years - 1, years, years + 1):
        assert holds(time, when={"age": {"at_least": asked}}, birthday=born) is (asked <= years)


def test_days_are_counted_on_the_calendar_of_the_store() -> None:
    """A quarter past midnight in Moscow is the day before in UTC."""
    for last, days in (("2026-11-19T21:15:00+00:00", 0), ("2026-11-19T20:59:59+00:00", 1)):
        for asked in (0, 1, 2):
            within = {"returned_within": {"days": asked}}
            assert holds("2026-11-20T00:10:00+03:00", when=within, last_purchase=last) is (asked >= days)


@pytest.mark.parametrize(
    ("sold", "after", "expires", "lot"),
    [
        ("2027-01-31T23:59:59+03:00", 28, 1, {"active_from": "2027-02-28", "expires": "2027-03-01"}),
        ("2028-01-31T00:00:00+03:00", 29, 365, {"active_from": "2028-02-29", "expires": "2029-02-28"}),
        ("2026-12-31T22:00:00+00:00", 0, 1, {"expires": "2027-01-01"}),
        ("2026-12-31T22:00:00-11:00", 1, None, {"active_from": "2027-01-01"}),
    ],
)
def test_points_begin_and_end_on_days_of_the_store(sold: str, after: int, expires: int | None, lot: Json) -> None:
    give: Json = {"points": "5", "active_after_days": after} | ({"expires_after_days": expires} if expires else {})
    deal = programme() | {"accrual": {"id": "a", "mode": "sum", "children": [{"id": "e", "give": give}]}}
    found = answered(compiled_of(deal), basket(line(), time=sold))
    assert found["points"]["lots"] == [{"points": "5"} | lot]


def test_a_year_of_moments_by_chance() -> None:
    """Schedules, birthdays and days at thousands of moments around clock changes, as the naive evaluator has them."""
    random = Random(11)
    rules: list[Json] = [
        {
            "id": "night",
            "give": {"percent": "1"},
            "active": {"weekdays": ["fri", "sat"], "hours": [["22:00", "02:30"]]},
        },
        {
            "id": "dates",
            "give": {"percent": "2"},
            "active": {"dates": ["12-31", "02-29", "10-25"], "hours": [["20:00", "04:00"]]},
        },
        {"id": "span", "give": {"percent": "3"}, "active": {"from": "2027-03-28T01:30:00+01:00", "to": "2028-02-29"}},
        {"id": "cake", "give": {"percent": "4"}, "when": [{"birthday": {"before": 2, "after": 3}}]},
        {"id": "age", "give": {"percent": "5"}, "when": [{"age": {"at_least": 27}}]},
        {"id": "back", "give": {"percent": "6"}, "when": [{"absent_days": {"at_least": 100}}]},
    ]
    deal = programme(*rules)
    compiled, gave = compiled_of(deal), set()
    start = datetime(2026, 10, 20, tzinfo=UTC)
    for _ in range(1500):
        time = (start + timedelta(seconds=random.randrange(2 * 365 * 86_400))).astimezone(BERLIN)
        customer = {"id": "c", "birthday": "2000-02-29", "last_purchase": "2027-01-31T23:30:00+01:00"}
        bought = basket(line(price="1000.00"), time=time.isoformat(), customer=customer)
        found = answered(compiled, bought)
        assert found == evaluate(deal, bought), time
        gave |= {entry["rule"] for entry in found["applied"]}
    assert gave == {rule["id"] for rule in rules}


def test_without_a_time_no_schedule_and_no_day_holds() -> None:
    rules: list[Json] = [
        {"id": "from", "give": {"percent": "1"}, "active": {"from": "2000-01-01"}},
        {"id": "hours", "give": {"percent": "1"}, "active": {"hours": [["00:00", "24:00"]]}},
        {"id": "age", "give": {"percent": "1"}, "when": [{"age": {"at_least": 0}}]},
    ]
    bought = basket(line(), customer={"id": "c", "birthday": "2000-01-01"})
    del bought["time"]
    assert reasons(price(programme(*rules), bought)) == {"from": "NOT_ACTIVE", "hours": "OUT_OF_SCHEDULE", "age": "AGE"}
