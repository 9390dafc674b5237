"""`tillgate calc` as a person and as a program use it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tillgate.gateway.cli.calc import PROGRAMMES_KEPT, command
from tillgate.gateway.demo._processes import program_path

Json = dict[str, Any]
PROGRAMME: Json = {
    "format": 1,
    "id": "p",
    "revision": 1,
    "currency": "RUB",
    "discounts": {
        "id": "root",
        "mode": "sequence",
        "children": [
            {"id": "ten", "give": {"percent": "10"}},
            {
                "id": "big",
                "name": {"ru": "От пяти тысяч", "en": "From five thousand"},
                "give": {"percent": "5"},
                "when": [{"subtotal": {"at_least": "5000.00"}}],
            },
        ],
    },
}
BASKET: Json = {"currency": "RUB", "lines": [{"sku": "A", "quantity": "2", "unit_price": "1000.00"}]}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    found = {}
    for name, document in (("programme", PROGRAMME), ("basket", BASKET)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        found[name] = str(path)
    return found


def test_a_table_in_the_language_of_the_reader(files: dict[str, str]) -> None:
    for language, words in (
        (
            "ru",
            ["Итого", "1800.00 RUB", "Сработало: ten 200.00", "Не сработало: От пяти тысяч [big] — Не хватает 3000.00"],
        ),
        (
            "en",
            ["Total", "1800.00 RUB", "Applied: ten 200.00", "Did not apply: From five thousand [big] — 3000.00 more"],
        ),
    ):
        result = CliRunner().invoke(
            command, ["--programme", files["programme"], "--basket", files["basket"], "--language", language]
        )
        assert result.exit_code == 0, result.output
        assert all(word in result.output for word in words), result.output


def test_what_is_given_besides_prices_is_told(tmp_path: Path) -> None:
    programme = PROGRAMME | {
        "discounts": {"id": "root", "mode": "sum", "children": [{"id": "tea", "give": {"gift": {"sku": "TEA"}}}]},
        "accrual": {
            "id": "earn",
            "mode": "sum",
            "children": [
                {"id": "p", "give": {"points": "5", "cap": "3", "active_after_days": 1, "expires_after_days": 2}}
            ],
        },
        "redemption": {"confirm": {"above_points": "50", "by": "code"}},
        "rewards": [
            {"id": "c", "give": {"coupon": {"template": "SPRING"}}},
            {"id": "o", "give": {"offer_card": {"kind": "plastic"}}},
        ],
    }
    basket = BASKET | {"time": "2026-12-30T12:00:00+03:00", "customer": {"id": "c", "points": "100"}}
    for name, document in (("p", programme), ("b", basket)):
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    for language, words in (
        (
            "ru",
            [
                "Сообщить: tea — Отдайте подарок: TEA, 1",
                "Сообщить: c — Выдайте купон: SPRING",
                "Сообщить: o — Предложите гостю карту: plastic",
                "Баллы: 3 с 2026-12-31 по 2027-01-02",
                "больше 50 — после подтверждения: код",
                "Сработало: p +3 (меньше на 2: предел правила)",
            ],
        ),
        (
            "en",
            [
                "To tell: tea — Hand over the gift: TEA, 1",
                "Points: 3 from 2026-12-31 until 2027-01-02",
                "more than 50 only after confirmation: code",
                "Applied: p +3 (less by 2: its cap)",
            ],
        ),
    ):
        arguments = ["--programme", str(tmp_path / "p"), "--basket", str(tmp_path / "b"), "--language", language]
        result = CliRunner().invoke(command, arguments)
        assert all(word in result.output for word in words), result.output


def test_names_with_brackets_are_no_markup(files: dict[str, str], tmp_path: Path) -> None:
    basket = BASKET | {"lines": [BASKET["lines"][0] | {"id": "[/b]1"}]}
    for name, document in (("basket", basket), ("all", {"lines": "all"})):
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    sale = ["--programme", files["programme"], "--basket", files["basket"], "--return", str(tmp_path / "all.json")]
    result = CliRunner().invoke(command, sale)
    assert result.exit_code == 0, result.output
    assert result.output.count("[/b]1") == 2


def test_json_is_the_answer_document(files: dict[str, str]) -> None:
    result = CliRunner().invoke(command, ["--programme", files["programme"], "--basket", files["basket"], "--json"])
    answer = json.loads(result.output)
    assert (answer["list"], answer["discount"], answer["total"]) == ("2000.00", "200.00", "1800.00")
    assert answer["lines"][0]["pieces"] == [{"quantity": "2", "unit_price": "900.00", "total": "1800.00"}]
    assert answer["not_applied"][0]["missing"] == "3000.00"


def test_a_wrong_document_is_named_with_the_place(files: dict[str, str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(PROGRAMME | {"colour": "red"}), encoding="utf-8")
    result = CliRunner().invoke(command, ["--programme", str(wrong), "--basket", files["basket"]])
    assert result.exit_code == 1
    assert "wrong.json" in result.output
    assert "$.colour" in result.output


def test_every_rule_that_is_wrong_has_its_line(files: dict[str, str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    rules = [{"id": "a", "give": {"percent": "101"}}, {"id": "b", "give": {"amount": "1.005"}}]
    wrong.write_text(json.dumps(PROGRAMME | {"discounts": PROGRAMME["discounts"] | {"children": rules}}))
    for how in (["--basket", files["basket"]], ["--check"]):
        result = CliRunner().invoke(command, ["--programme", str(wrong), *how])
        assert result.exit_code == 1
        first, second = result.output.splitlines()
        assert f"{wrong}: $.discounts.children[0].give.percent: " in first
        assert second.startswith(f"{wrong}: $.discounts.children[1].give.amount: ")


def wrong_programme() -> dict[str, Any]:
    """Two of its rules have something wrong."""
    rules = [{"id": "a", "give": {"percent": "1"}, "whn": []}, {"id": "b", "give": {"percent": "101"}}]
    return PROGRAMME | {"discounts": PROGRAMME["discounts"] | {"children": rules}}


def wrong_basket() -> dict[str, Any]:
    """Two of its lines have something wrong."""
    return BASKET | {"lines": [BASKET["lines"][0] | {"quantity": "0"}, BASKET["lines"][0] | {"sku": ""}]}


def test_a_case_names_everything_that_is_wrong_with_its_document(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    rows = [{"id": 1, "programme": PROGRAMME, "basket": wrong_basket()}]
    rows.append({"id": 2, "programme": PROGRAMME, "basket": BASKET | {"lines": []}})
    cases.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    result = CliRunner().invoke(command, ["--cases", str(cases), "--language", "ru"])
    two, one = (json.loads(row)["error"] for row in result.output.splitlines())
    assert (two["path"], two["reason"]) == ("$.lines[0].quantity", "OUT_OF_RANGE")
    assert two["more"] == [{"path": "$.lines[1].sku", "reason": "EMPTY", "message": "не может быть пустым"}]
    assert "more" not in one


@pytest.mark.parametrize("name", ["programme", "basket", "return"])
def test_with_json_a_refusal_is_json_too(files: dict[str, str], tmp_path: Path, name: str) -> None:
    wrong = {"programme": wrong_programme(), "basket": wrong_basket(), "return": {"lines": 1}}
    document = tmp_path / "wrong.json"
    document.write_text(json.dumps(wrong[name]), encoding="utf-8")
    given = {**files, name: str(document)}
    asked = [part for key, file in given.items() for part in (f"--{key}", file)]
    command_line = [program_path("tillgate"), "calc", *asked, "--json"]
    done = subprocess.run(command_line, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    error = json.loads(done.stderr)["error"]
    assert error["reason"] == f"{name.upper()}_INVALID"
    assert ("more" in error) == (name != "return")
    assert not error["ru"].endswith("?.")


def test_what_check_finds_is_json_where_that_is_asked_for(files: dict[str, str], tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--programme", files["programme"], "--check", "--json"])
    assert (result.exit_code, json.loads(result.output)) == (0, {"found": [], "examples": 0})
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(wrong_programme()), encoding="utf-8")
    result = CliRunner().invoke(command, ["--programme", str(wrong), "--check", "--json"])
    found = [(one["path"], one["reason"]) for one in json.loads(result.output)["found"]]
    places = ["$.discounts.children[0].whn", "$.discounts.children[1].give.percent"]
    assert (result.exit_code, found) == (1, list(zip(places, ["UNKNOWN_KEY", "OUT_OF_RANGE"], strict=True)))


def test_errors_are_told_in_the_language_asked_for(files: dict[str, str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(PROGRAMME | {"discount": {}}), encoding="utf-8")
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps({"id": 1, "programme": PROGRAMME | {"discount": {}}, "basket": BASKET}))
    for language, words in (("ru", "может быть, `discounts`?"), ("en", "did you mean `discounts`?")):
        asked = ["--programme", str(wrong), "--basket", files["basket"], "--language", language]
        result = CliRunner().invoke(command, asked)
        assert f"{words} (UNKNOWN_KEY)" in result.output
        result = CliRunner().invoke(command, ["--cases", str(cases), "--language", language])
        assert words in json.loads(result.output)["error"]["message"]


def test_a_programme_is_checked_as_publishing_does(files: dict[str, str], tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--programme", files["programme"], "--check"])
    assert (result.exit_code, "examples that hold: 0" in result.output) == (0, True)
    example = {"basket": BASKET, "expect": {"total": "1.00"}}
    never = {"id": "never", "give": {"percent": "0"}, "when": [{"identified": False}, {"tier": ["gold"]}]}
    tiers = {"levels": [{"id": "gold", "from": "0"}]}
    for document, words in (
        (PROGRAMME | {"examples": [example]}, ["$.examples[0].expect.total: пример ждёт"]),
        (
            PROGRAMME | {"tiers": tiers, "discounts": PROGRAMME["discounts"] | {"children": [never]}},
            ["children[0].give.percent: ", "children[0].when[1]: это условие никогда не выполнится"],
        ),
    ):
        wrong = tmp_path / "wrong.json"
        wrong.write_text(json.dumps(document), encoding="utf-8")
        result = CliRunner().invoke(command, ["--programme", str(wrong), "--check", "--language", "ru"])
        assert result.exit_code == 1
        assert all(word in result.output for word in words), result.output


def test_cases_are_answered_in_order_one_line_each(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    rows = [
        json.dumps({"id": "good", "programme": PROGRAMME, "basket": BASKET}),
        json.dumps({"id": "bad", "programme": PROGRAMME, "basket": BASKET | {"lines": []}}),
        json.dumps({"id": "worse", "programme": PROGRAMME | {"format": 2}, "basket": BASKET}),
        json.dumps({"id": "money", "programme": PROGRAMME, "basket": BASKET | {"currency": "USD"}}),
        "",
        "{not json",
        json.dumps({"id": "none"}),
    ]
    cases.write_text("\n".join(rows), encoding="utf-8")
    result = CliRunner().invoke(command, ["--cases", str(cases)])
    answers = [json.loads(row) for row in result.output.splitlines()]
    assert [answer["id"] for answer in answers] == ["good", "bad", "worse", "money", None, "none"]
    assert answers[0]["answer"]["total"] == "1800.00"
    assert [(a["error"]["path"], a["error"]["reason"]) for a in answers[1:]] == [
        ("$.lines", "TOO_FEW"),
        ("$.format", "UNSUPPORTED"),
        ("$.currency", "CURRENCY_MISMATCH"),
        ("$", "NOT_JSON"),
        ("$", "MISSING"),
    ]


def test_a_line_that_nobody_should_send_is_answered_and_the_next_ones_go_on(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    good = json.dumps({"id": "good", "programme": PROGRAMME, "basket": BASKET}).encode()
    cases.write_bytes(b"\n".join((b'{"id": "\xff"}', b'{"basket": ' + b"[" * 100_000, good)))
    result = CliRunner().invoke(command, ["--cases", str(cases)])
    assert result.exit_code == 0, result.output
    broken, deep, answer = [json.loads(row) for row in result.output.splitlines()]
    assert (broken["error"]["reason"], deep["error"]["reason"]) == ("NOT_JSON", "NOT_JSON")
    assert answer["answer"]["total"] == "1800.00"


def test_files_may_begin_with_the_mark_that_some_editors_write(tmp_path: Path) -> None:
    programme, basket, cases = (tmp_path / name for name in ("programme.json", "basket.json", "cases.jsonl"))
    programme.write_text(json.dumps(PROGRAMME), encoding="utf-8-sig")
    basket.write_text(json.dumps(BASKET), encoding="utf-8-sig")
    cases.write_text(json.dumps({"id": "first", "programme": PROGRAMME, "basket": BASKET}), encoding="utf-8-sig")
    one = CliRunner().invoke(command, ["--programme", str(programme), "--basket", str(basket), "--json"])
    row = CliRunner().invoke(command, ["--cases", str(cases)])
    assert json.loads(one.output)["total"] == json.loads(row.output)["answer"]["total"] == "1800.00"


def test_a_file_may_hold_more_programmes_than_are_kept(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    numbers = [*range(PROGRAMMES_KEPT + 2), 0, 1]
    cases.write_text(
        "".join(
            json.dumps({"id": number, "programme": PROGRAMME | {"revision": number + 1}, "basket": BASKET}) + "\n"
            for number in numbers
        )
    )
    answers = [json.loads(row) for row in CliRunner().invoke(command, ["--cases", str(cases)]).output.splitlines()]
    assert [(one["id"], one["answer"]["total"]) for one in answers] == [(number, "1800.00") for number in numbers]


def test_the_language_is_that_of_the_environment(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    sale = ["--programme", files["programme"], "--basket", files["basket"]]
    for variables, word in (
        ({"LC_ALL": "", "LANG": "ru_RU.UTF-8"}, "Итого"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ru_RU.UTF-8"}, "Total"),
        ({"LC_ALL": "", "LANG": ""}, "Total"),
    ):
        monkeypatch.delenv("LC_MESSAGES", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert word in CliRunner().invoke(command, sale).output


def test_what_to_give_is_said(files: dict[str, str]) -> None:
    sale = ["--programme", files["programme"], "--basket", files["basket"]]
    for arguments, words in (
        ([], "or --cases"),
        (sale[:2], "or --cases"),
        ([*sale, "--check"], "or --cases"),
        (["--cases", files["basket"], *sale[2:]], "--cases brings"),
        (["--cases", files["basket"], "--check"], "--cases brings"),
        ([*sale, "--tenders", files["basket"]], "--tenders goes with --return"),
    ):
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 2, arguments
        assert words in " ".join(result.output.split()), arguments


def test_returns_are_tables_one_after_the_other(files: dict[str, str], tmp_path: Path) -> None:
    one, rest = tmp_path / "one.json", tmp_path / "rest.json"
    one.write_text('{"lines": [{"line": "1", "quantity": "1"}]}', encoding="utf-8")
    rest.write_text('{"lines": "all"}', encoding="utf-8")
    sale = ["--programme", files["programme"], "--basket", files["basket"]]
    for language, words in (
        ("ru", ["Возврат 2", "Вернуть: 900.00 RUB (cash 900.00)", "Ещё можно вернуть: 0.00 RUB"]),
        ("en", ["Return 2", "Refund: 900.00 RUB (cash 900.00)", "May still come back: 900.00 RUB"]),
    ):
        arguments = [*sale, "--return", str(one), "--return", str(rest), "--language", language]
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 0, result.output
        for word in words:
            assert word in result.output
    refused = CliRunner().invoke(command, [*sale, "--return", str(rest), "--return", str(one), "--language", "ru"])
    assert refused.exit_code == 1
    assert "one.json: $.lines[0].quantity: всё уже возвращено (RETURN_TOO_MUCH)" in refused.output


def test_cases_with_returns_go_on_after_one_that_is_refused(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    some = {"lines": [{"line": "1", "quantity": "1"}]}
    sale: Json = {"programme": PROGRAMME, "basket": BASKET}
    rows = [
        sale | {"id": "a", "returns": [some, {"lines": [{"line": "1", "quantity": "5"}]}, some]},
        sale | {"id": "b", "returns": [], "tenders": [{"type": "card", "amount": "1.00"}]},
        sale | {"id": "c", "returns": [], "tenders": [{"type": "card"}]},
        sale | {"id": "d", "returns": {}},
    ]
    cases.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    answers = [json.loads(row) for row in CliRunner().invoke(command, ["--cases", str(cases)]).output.splitlines()]
    refunds = [each.get("refund") for each in answers[0]["returns"]]
    assert refunds == ["900.00", None, "900.00"]
    assert answers[0]["returns"][1]["error"] == {
        "path": "$.returns[1].lines[0].quantity",
        "reason": "RETURN_TOO_MUCH",
        "message": "1 left",
        "remaining": "1",
    }
    assert answers[0]["remaining"]["net"] == "0.00"
    assert [(a["error"]["path"], a["error"]["reason"]) for a in answers[1:]] == [
        ("$.tenders", "TENDERS_MISMATCH"),
        ("$.tenders[0].amount", "MISSING"),
        ("$.returns", "WRONG_TYPE"),
    ]
