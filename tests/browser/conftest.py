"""A central service with the demonstration's chain, and a real Chromium that looks at it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

COMMAND = (sys.executable, "-m", "tillgate.central.cli")
#: Playwright's own is five seconds, which a busy machine may need for a page.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
#: No names are resolved: whatever would leave the machine fails, and is seen as a failed request.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True, slots=True)
class Central:
    """A running web admin."""

    address: str
    login: str
    password: str
    #: What `init --demo` printed.
    chain: dict[str, Any]


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    """The web process of a central service whose stores have been selling for two weeks."""
    home = tmp_path_factory.mktemp("central")
    chain = json.loads(_run(*COMMAND, "init", "--home", str(home), "--demo", "--days", "0"))
    _run(sys.executable, str(Path(__file__).with_name("sales.py")), str(home))
    command = [*COMMAND, "--home", str(home), "web", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = json.loads(server.stdout.readline())["web"]
        yield Central(address, chain["admin"]["login"], chain["admin"]["password"], chain)
        server.terminate()


# Not for the session: the driver keeps an event loop running, beside which other folders' asyncio tests could not run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is not installed; `apt-get install chromium` brings it")
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program, headless=True, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, central: Central) -> Iterator[Callable[..., Page]]:
    """Opens a page as a new visitor: `visit(language="ru", width=1280)`. Afterwards, nothing may have gone wrong."""
    went_wrong: list[str] = []
    requested: list[str] = []

    @contextmanager
    def closing() -> Iterator[list[Any]]:
        contexts: list[Any] = []
        yield contexts
        for context in contexts:
            context.close()

    with closing() as contexts:

        def open_page(language: str = "ru", width: int = 1280, *, sign_in: bool = True) -> Page:
            context = browser.new_context(
                locale=language, viewport={"width": width, "height": 900}, timezone_id="Europe/Moscow"
            )
            contexts.append(context)
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.on("request", lambda request: requested.append(request.url))
            page.on("requestfailed", lambda request: went_wrong.append(f"{request.url}: {request.failure}"))
            page.on("pageerror", lambda error: went_wrong.append(str(error)))
            page.on("console", lambda said: went_wrong.append(said.text) if said.type == "error" else None)
            page.goto(f"{central.address}admin/")
            if sign_in:
                page.fill("input[name=username]", central.login)
                page.fill("input[name=password]", central.password)
                page.press("input[name=password]", "Enter")
                page.wait_for_selector("#dashboard")
            return page

        yield open_page
    assert requested
    assert [url for url in requested if not url.startswith((central.address, "data:", "blob:"))] == []
    # A draft that somebody else has saved meanwhile is told on the page itself.
    expected = ("ERR_ABORTED", "409 (Conflict)")
    assert [words for words in went_wrong if not any(one in words for one in expected)] == []
