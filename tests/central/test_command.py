"""`tillgate-central` as an administrator runs it: processes, their first line, their end."""

import json
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest

COMMAND = (sys.executable, "-m", "tillgate.central.cli")
END_WITHIN_S = 5


class Home(Protocol):
    """What conftest.py makes."""

    @property
    def folder(self) -> Path: ...
    @property
    def database(self) -> str: ...


class Server(Protocol):
    """The PostgreSQL server of conftest.py."""

    def run(self, statement: str) -> None: ...


def run(*arguments: str, entered: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], input=entered, capture_output=True, text=True, timeout=60)


@contextmanager
def web(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running web server and its address."""
    server = subprocess.Popen(
        [*COMMAND, "--home", str(home), "web", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        yield server, json.loads(server.stdout.readline())["web"]
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_init_makes_a_home_and_is_safe_to_repeat(tmp_path: Path) -> None:
    first = run("init", "--home", str(tmp_path / "home"))
    assert (first.returncode, first.stderr) == (0, "")
    assert "password" in first.stdout
    assert stat.S_IMODE((tmp_path / "home" / "central.db").stat().st_mode) == 0o600
    second = run("--home", str(tmp_path / "home"), "init")
    assert second.returncode == 0
    assert "password" not in second.stdout


def test_a_given_password_is_checked_and_never_printed(tmp_path: Path) -> None:
    weak = run("init", "--home", str(tmp_path), "--language", "en", "--admin-password-stdin", entered="12345\n")
    assert weak.returncode == 1
    assert "too short" in weak.stderr
    good = run("init", "--home", str(tmp_path), "--admin-password-stdin", entered="a Long enough 1\n")
    assert good.returncode == 0, good.stderr
    assert "Long enough" not in good.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--home", "/nonexistent/home", "web"), "tillgate-central init --home /nonexistent/home"),
        (("init", "--home", "HOME", "--database", "mysql://root:secret@db/x"), "neither sqlite:///FILE nor postgresql"),
        (("init", "--home", "HOME", "--database", "postgresql://root:secret@127.0.0.1:1/x"), "does not answer"),
    ],
)
def test_an_error_is_a_sentence_with_the_next_step(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    ended = run(*(argument.replace("HOME", str(tmp_path / "h")) for argument in arguments))
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr


def test_web_says_where_it_is_serves_and_ends(central_home: Home) -> None:
    with web(central_home.folder) as (server, address):
        assert get(f"{address}healthz") == (200, '{"status": "SERVING"}')
        assert "csrfmiddlewaretoken" in get(address)[1]
        assert get(f"{address}static/unfold/css/styles.css")[0] == 200
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.wait(END_WITHIN_S) == 0
        assert time.monotonic() - began < END_WITHIN_S


def test_a_client_that_never_finishes_does_not_hold_the_end_up(sqlite_home: Home) -> None:
    with web(sqlite_home.folder) as (server, address):
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as half:
            half.sendall(b"POST /admin/login/ HTTP/1.1\r\nContent-Length: 1000\r\n\r\nhalf")
            server.send_signal(signal.SIGTERM)
            assert server.wait(END_WITHIN_S) == 0


def test_healthz_says_when_the_database_is_gone(postgres_home: Home, postgres: Server) -> None:
    name = postgres_home.database.partition("@/")[2].partition("?")[0]
    with web(postgres_home.folder) as (_, address):
        assert get(f"{address}healthz")[0] == 200
        postgres.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(f"{address}healthz")
        assert caught.value.code == 503
        caught.value.close()
        postgres.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert get(f"{address}healthz")[0] == 200


def test_a_port_in_use_is_a_sentence(sqlite_home: Home) -> None:
    with web(sqlite_home.folder) as (_, address):
        ended = run("--home", str(sqlite_home.folder), "web", "--listen", address.removeprefix("http://").rstrip("/"))
        assert ended.returncode == 1
        assert "cannot listen on 127.0.0.1" in ended.stderr


def test_the_settings_file_says_the_time_zone_of_the_pages(tmp_path: Path) -> None:
    assert run("init", "--home", str(tmp_path)).returncode == 0
    file = tmp_path / "central.toml"
    asked = ("manage", "shell", "--command", "from django.conf import settings; print(settings.TIME_ZONE)")
    assert run("--home", str(tmp_path), *asked).stdout.endswith("Europe/Moscow\n")
    file.write_text(file.read_text().replace("Europe/Moscow", "Asia/Omsk"))
    assert run("--home", str(tmp_path), *asked).stdout.endswith("Asia/Omsk\n")


def test_management_commands_pass_through(sqlite_home: Home) -> None:
    ended = run("--home", str(sqlite_home.folder), "manage", "check", "--deploy", "--fail-level", "ERROR")
    assert ended.returncode == 0, ended.stderr
