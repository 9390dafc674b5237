"""The programme editor's page in tests: opened, given a document, asked for its rows and fields."""

from collections.abc import Callable
from typing import Any, Protocol

from playwright.sync_api import Locator, Page, expect

Visit = Callable[..., Page]


class Central(Protocol):
    """What conftest.py makes."""

    @property
    def address(self) -> str: ...
    @property
    def login(self) -> str: ...
    @property
    def password(self) -> str: ...


def open_editor(page: Page, central: Central, where: str = "programme/1/") -> Page:
    page.goto(f"{central.address}admin/programmes/revision/{where}")
    expect(page.locator(".ed-totals")).to_be_visible()
    return page


def use(page: Page, document: Any) -> None:
    """Put a document on the page, as pasting it would."""
    page.evaluate("(document) => editor.model.change(() => document)", document)


def value(page: Page, path: str = "editor.model.value") -> Any:
    return page.evaluate(path)


def small(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    group = {"id": "d", "mode": "max", "children": list(rules)}
    return {"format": 1, "id": "romashka", "revision": 1, "currency": "RUB", "discounts": group, **more}


def rules(*names: str) -> list[dict[str, Any]]:
    return [{"id": name, "give": {"percent": str(number + 1)}} for number, name in enumerate(names)]


def row(page: Page, key: str) -> Locator:
    return page.locator(f".ed-row[data-key='{key}']")


def field(page: Page, path: str) -> Locator:
    return page.locator(f".ed-form [data-path='{path}']")
