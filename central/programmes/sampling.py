"""What the editor asks while one types: a sample receipt priced, the examples run, names to choose from."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from google.protobuf.message import DecodeError

from tillgate.accel import Compiled, ExampleResult, compile_programme, example_figures, try_examples
from tillgate.central.customers.models import CardKind, Customer
from tillgate.central.purchases import Asked, asked_by
from tillgate.central.purchases.baskets import basket_document, purchase_of
from tillgate.central.purchases.models import Receipt
from tillgate.central.stores.models import Store
from tillgate.core import Text, answer_document, parse_basket, parse_programme
from tillgate.core.checks import Finding, find_contradictions
from tillgate.core.errors import BadRequest, DocumentRefused, ProgrammeInvalid, Refusal

from .editor import Say, rule_words, section_words
from .models import Programme
from .publishing import parse

__all__ = ["asked_of_samples", "names_to_choose", "price", "sample_basket"]

#: How many of the newest receipts and customers are looked through for names.
RECEIPTS_LOOKED_AT = 300
CUSTOMERS_LOOKED_AT = 2_000
#: The readers name the key; on the page the field itself stands beside.
FILL_IN = Text("заполните", "fill this in")
SECTIONS = ("points", "tiers", "limits", "redemption", "regulated", "returns")


def price(programme: Programme, document: Any, basket: Any, language: str) -> dict[str, Any]:
    """The answer for a basket, how the examples come out, every rule in words, and what is wrong by its path."""
    found: dict[str, Any] = {"errors": [], **_in_words(document, language)}
    try:
        parsed = parse(document, programme)
        found["errors"] += [_finding(one, language) for one in find_contradictions(parsed)]
        compiled = compile_programme(parsed)
    except (BadRequest, Refusal) as error:
        found["errors"] += _errors(error, "programme", language)
        return found
    found["examples"] = [_example(result, language) for result in try_examples(compiled)]
    try:
        found |= _answer(compiled, basket)
    except (BadRequest, Refusal) as error:
        found["errors"] += _errors(error, "basket", language)
    return found


def _answer(compiled: Compiled, basket: Any) -> dict[str, Any]:
    answer = compiled.price(parse_basket(basket, compiled.points_digits))
    return {"answer": answer_document(answer), "figures": example_figures(answer)}


def _errors(error: Refusal, where: str, language: str) -> list[dict[str, str]]:
    more = error.more if isinstance(error, DocumentRefused) else ()
    return [_error(one, where, language) for one in (error, *more)]


def _error(error: Refusal, where: str, language: str) -> dict[str, str]:
    reason = error.metadata.get("reason", error.reason)
    words = FILL_IN if reason == "MISSING" else error.text or error.told
    return {"where": where, "path": error.path or "$", "reason": reason, "text": _sentence(words, language)}


def _finding(one: Finding, language: str) -> dict[str, str]:
    return {"where": "programme", "path": one.path, "reason": one.reason, "text": _sentence(one.text, language)}


def _sentence(words: Text, language: str) -> str:
    text = words.ru if language == "ru" else words.en
    return text[:1].upper() + text[1:]


def _example(result: ExampleResult, language: str) -> dict[str, Any]:
    if result.error is not None:
        return {"ok": False, "error": _error(result.error, "example", language)}
    differences = [{"key": one.key, "expected": one.expected, "got": one.got} for one in result.differences]
    return {"ok": not differences, "differences": differences}


def _in_words(document: Any, language: str) -> dict[str, Any]:
    """Words by the node's place (`discounts/children/0`), as far as an unfinished document has places."""
    if not isinstance(document, dict):
        return {"words": {}, "sections": {}}
    say = Say(language, document.get("currency"))
    words: dict[str, str] = {}
    waiting = [(stage, document.get(stage)) for stage in ("discounts", "accrual")]
    rewards = document.get("rewards")
    waiting += [(f"rewards/{index}", rule) for index, rule in enumerate(rewards if isinstance(rewards, list) else [])]
    while waiting:
        place, node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if "children" in node and "give" not in node:
            children = node["children"]
            waiting += (
                [(f"{place}/children/{k}", child) for k, child in enumerate(children)]
                if isinstance(children, list)
                else []
            )
        else:
            words[place] = rule_words(node, say)
    sections = {key: section_words(key, document.get(key), say) for key in SECTIONS}
    return {"words": words, "sections": {**sections, "general": section_words("general", document, say)}}


def names_to_choose(programme: Programme, language: str, *, receipts: bool) -> dict[str, list[list[str]]]:
    """Lists that help with typing: `[value, what it is called]`."""
    organisation = programme.organisation
    found: dict[str, dict[str, str]] = {"skus": {}, "categories": {}, "brands": {}, "segments": {}, "attributes": {}}
    newest = Receipt.objects.filter(organisation=organisation).order_by("-committed_at")[:RECEIPTS_LOOKED_AT]
    for receipt in newest if receipts else ():
        try:
            lines = purchase_of(receipt).basket.lines
        except DecodeError:
            continue
        for line in lines:
            found["skus"].setdefault(line.sku, line.name)
            found["categories"].update(dict.fromkeys(line.categories, ""))
            if line.brand:
                found["brands"][line.brand] = ""
    customers = Customer.objects.filter(organisation=organisation).order_by("-registered_at")
    for segments, attributes in customers.values_list("segments", "attributes")[:CUSTOMERS_LOOKED_AT]:
        found["segments"].update(dict.fromkeys(map(str, segments), ""))
        found["attributes"].update(dict.fromkeys(map(str, attributes), ""))
    lists = {name: sorted([value, label] for value, label in values.items()) for name, values in found.items()}
    lists["stores"] = [list(row) for row in organisation.stores.values_list("store_id", "name")]
    kinds = CardKind.objects.filter(organisation=organisation)
    lists["card_kinds"] = [[row.kind, row.name_ru if language == "ru" else row.name_en] for row in kinds]
    fixed = {
        "channels": (
            ("till", gettext("till")), ("site", gettext("web shop")), ("app", gettext("app")),
            ("kiosk", gettext("self-checkout")),
        ),
        "payments": (("card", gettext("bank card")), ("cash", gettext("cash")), ("sbp", gettext("fast payment"))),
        "windows": (
            ("all", gettext("all time")), ("day", gettext("this day")), ("week", gettext("this week")),
            ("month", gettext("this month")), ("year", gettext("this year")),
            ("rolling_days:30", gettext("the last 30 days")), ("rolling_days:365", gettext("the last 365 days")),
        ),
    }  # fmt: skip
    return {**lists, **{name: [list(pair) for pair in pairs] for name, pairs in fixed.items()}}


def sample_basket(programme: Programme, *, receipts: bool) -> dict[str, Any]:
    """A receipt to begin with: the newest one of the chain's, as if it were sold now; without any, two lines."""
    organisation = programme.organisation
    store = Store.objects.filter(organisation=organisation).order_by("pk").first()
    now = timezone.localtime(timezone.now()).isoformat(timespec="seconds")
    found: dict[str, Any] = {
        "currency": organisation.currency,
        "time": now,
        **({"store": store.store_id} if store else {}),
        "lines": [
            {"sku": "1001", "quantity": "2", "unit_price": "450.00", "categories": ["drinks/coffee"]},
            {"sku": "2001", "quantity": "1", "unit_price": "60.00", "categories": ["bakery/bread"]},
        ],
        "customer": {"id": "guest", "points": "500"},
    }
    newest = Receipt.objects.filter(organisation=organisation, currency=organisation.currency, lines__position=2)
    receipt = newest.select_related("store").order_by("-committed_at").first() if receipts else None
    if receipt is None:
        return found
    return {**found, "lines": basket_document(receipt, Asked())["lines"]}


def asked_of_samples(programme: Programme) -> Asked:
    """What a sample says of the past: what the newest revision asks."""
    newest = programme.revisions.order_by("-revision").first()
    try:
        return asked_by([parse_programme(newest.document)] if newest else [])
    except ProgrammeInvalid:  # Of an earlier version of the calculator.
        return Asked()
