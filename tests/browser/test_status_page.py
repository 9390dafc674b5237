"""The technician's page, in a real browser, beside a real daemon that has no centre and a device that is not there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tillgate.gateway.demo._processes import Program, program_path

SETTINGS = """\
gateway_id = "alone"
data = "data"
[api]
listen = "127.0.0.1:0"
[web]
listen = "127.0.0.1:0"
[[devices]]
id = "scanner-1"
plugin = "serial_scanner"
transport.serial = { port = "/dev/nowhere" }
[[devices]]
id = "mystery"
plugin = "not_installed"
transport.tcp = { host = "127.0.0.1", port = 9 }
"""


@dataclass(frozen=True)
class Daemon:
    program: Program
    address: str


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    config = tmp_path / "tillgate.toml"
    config.write_text(SETTINGS)
    program = Program([program_path("tillgate"), "run", "--config", str(config)], tmp_path / "log")
    yield Daemon(program, program.start()["web"])
    program.stop()


def open_page(browser: Browser, daemon: Daemon, language: str, width: int) -> Page:
    context = browser.new_context(locale=language, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(daemon.address)
    return page


@pytest.mark.parametrize(
    ("language", "offline", "missing"),
    [("ru", "нет связи", "Модуль устройства не установлен"), ("en", "offline", "plugin is not installed")],
)
def test_every_trouble_is_named_in_the_readers_language(
    browser: Browser, daemon: Daemon, language: str, offline: str, missing: str
) -> None:
    page = open_page(browser, daemon, language, 1100)
    expect(page.locator("#tiles")).to_contain_text(offline)
    expect(page.locator("#problems")).to_contain_text(missing)
    expect(page.locator("#devices")).to_contain_text("/dev/nowhere")
    other = "en" if language == "ru" else "ru"
    page.click(f"#{other}")
    assert page.get_attribute("html", "lang") == other
    expect(page.locator("#problems")).not_to_contain_text(missing)


def test_it_fits_a_phone(browser: Browser, daemon: Daemon) -> None:
    page = open_page(browser, daemon, "ru", 375)
    expect(page.locator("#devices")).to_contain_text("mystery")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_it_loads_nothing_from_outside_and_says_when_the_gateway_is_gone(browser: Browser, daemon: Daemon) -> None:
    context = browser.new_context(locale="en")
    page = context.new_page()
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(daemon.address)
    expect(page.locator("#devices")).to_contain_text("scanner-1")
    daemon.program.stop()
    expect(page.locator("#lost")).to_be_visible(timeout=10_000)
    assert urls
    assert all(url.startswith((daemon.address, "data:")) for url in urls)


def test_a_foreign_name_is_refused(daemon: Daemon, browser: Browser) -> None:
    answer = browser.new_context().request.get(daemon.address, headers={"Host": "evil.example"})
    assert answer.status == 403
