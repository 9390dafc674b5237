"""A central service's home for every test: on a SQLite file, and on a real PostgreSQL server."""

import atexit
import io
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest

from tillgate.central.home import HOME_VARIABLE, create_home, database_settings


def set_up_django() -> None:
    """Test modules import models, which needs settings before any fixture has run; each test gets its own database."""
    folder = tempfile.mkdtemp(prefix="tillgate-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    create_home(Path(folder))
    os.environ[HOME_VARIABLE] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "tillgate.central.settings"
    import django

    django.setup()


set_up_django()


@dataclass(frozen=True, slots=True)
class CentralHome:
    """A migrated home. Django in this process works on it, and so does a process that gets its folder."""

    folder: Path
    database: str
    #: sqlite or postgresql.
    vendor: str

    @property
    def command(self) -> tuple[str, ...]:
        """How to run `tillgate-central` on this home."""
        return (sys.executable, "-m", "tillgate.central.cli", "--home", str(self.folder))


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server of the session's own, on a unix socket."""

    socket_folder: Path

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.socket_folder}"

    def run(self, statement: str) -> None:
        """Run one statement that cannot be in a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def django_on(url: str, folder: Path) -> Iterator[None]:
    """Point Django's default database, of every thread that connects from now on, at `url`."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connections

    def use(settings: dict[str, Any]) -> None:
        connections.close_all()
        if connections.all(initialized_only=True):
            del connections["default"]
        connections.settings["default"] = settings
        ContentType.objects.clear_cache()

    before = connections.settings["default"]
    use(connections.configure_settings({"default": database_settings(url, folder)})["default"])
    try:
        yield
    finally:
        use(before)


def migrate(url: str, folder: Path) -> None:
    from django.core.management import call_command

    with django_on(url, folder):
        call_command("migrate", verbosity=0, interactive=False)


def seed(url: str, folder: Path) -> None:
    from django.core.management import call_command

    with django_on(url, folder):
        call_command("seed_demo", stdout=io.StringIO())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    migrate("sqlite:///template.db", folder)
    return folder / "template.db"


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    pytest.fail("PostgreSQL is not installed; `apt-get install postgresql` brings it")


def _as_server_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root. Either way it ends when this process does."""
    die_with_parent = ["setpriv", "--pdeathsig", "QUIT"]
    if os.getuid():
        return die_with_parent
    names = {user.pw_name: user for user in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [*die_with_parent, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


READY = b"ready to accept connections"


def _listen(stream: IO[bytes], ready: threading.Event, said: list[bytes]) -> None:
    """Keep what is said until the server is ready or gone, and read on: a pipe that nobody empties stops the server."""
    with stream:
        for line in stream:
            if not ready.is_set():
                said.append(line)
            if READY in line:
                ready.set()
    ready.set()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server in a temporary folder, without fsync: no test cuts its power."""
    programs = _postgres_programs()
    # A socket's path has at most 107 bytes, fewer than pytest's folders may need.
    folder = Path(tempfile.mkdtemp(prefix="tg-pg-"))
    runner = _as_server_user(folder)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    data = folder / "data"
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*runner, *initdb], check=True, capture_output=True, cwd=folder, env=environment)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "max_connections": "200",
    }
    command = [str(programs / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in settings.items())]
    server = subprocess.Popen([*runner, *command], cwd=folder, env=environment, stderr=subprocess.PIPE)
    assert server.stderr is not None
    ready, said = threading.Event(), list[bytes]()
    listening = threading.Thread(target=_listen, args=(server.stderr, ready, said))
    listening.start()
    try:
        ready.wait()
        if READY not in b"".join(said):
            pytest.fail(f"PostgreSQL did not start:\n{b''.join(said).decode()}")
        yield PostgresServer(folder)
    finally:
        # QUIT does not wait for sessions that a failed test left behind.
        server.send_signal(signal.SIGQUIT)
        server.wait(60)
        listening.join()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database to copy: its name."""
    postgres.run("CREATE DATABASE template_tillgate")
    migrate(postgres.url("template_tillgate"), tmp_path_factory.mktemp("postgres-template"))
    return "template_tillgate"


@pytest.fixture(scope="session")
def sqlite_chain_template(sqlite_template: Path) -> Path:
    """The same with the demonstration's chain."""
    copy = sqlite_template.with_name("chain.db")
    shutil.copy(sqlite_template, copy)
    seed("sqlite:///chain.db", copy.parent)
    return copy


@pytest.fixture(scope="session")
def postgres_chain_template(
    postgres: PostgresServer, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The same with the demonstration's chain."""
    postgres.run(f"CREATE DATABASE template_chain TEMPLATE {postgres_template}")
    seed(postgres.url("template_chain"), tmp_path_factory.mktemp("postgres-chain"))
    return "template_chain"


_numbers = itertools.count(1)


@contextmanager
def home_on_sqlite(template: Path, folder: Path) -> Iterator[CentralHome]:
    create_home(folder)
    shutil.copy(template, folder / "central.db")
    with django_on("sqlite:///central.db", folder):
        yield CentralHome(folder, "sqlite:///central.db", "sqlite")


@contextmanager
def home_on_postgres(server: PostgresServer, template: str, folder: Path) -> Iterator[CentralHome]:
    name = f"central_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    create_home(folder, database=server.url(name))
    with django_on(server.url(name), folder):
        yield CentralHome(folder, server.url(name), "postgresql")
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_home(sqlite_template: Path, tmp_path: Path) -> Iterator[CentralHome]:
    """An empty home on a SQLite file."""
    with home_on_sqlite(sqlite_template, tmp_path / "central") as home:
        yield home


@pytest.fixture
def postgres_home(postgres: PostgresServer, postgres_template: str, tmp_path: Path) -> Iterator[CentralHome]:
    """An empty home on the PostgreSQL server."""
    with home_on_postgres(postgres, postgres_template, tmp_path / "central") as home:
        yield home


@pytest.fixture
def sqlite_chain(sqlite_chain_template: Path, tmp_path: Path) -> Iterator[CentralHome]:
    """The demonstration's chain on a SQLite file."""
    with home_on_sqlite(sqlite_chain_template, tmp_path / "central") as home:
        yield home


@pytest.fixture
def postgres_chain(postgres: PostgresServer, postgres_chain_template: str, tmp_path: Path) -> Iterator[CentralHome]:
    """The demonstration's chain on the PostgreSQL server."""
    with home_on_postgres(postgres, postgres_chain_template, tmp_path / "central") as home:
        yield home


@pytest.fixture(params=["sqlite", "postgresql"])
def central_home(request: pytest.FixtureRequest) -> CentralHome:
    """A migrated, empty home; the test runs once on each database."""
    home = request.getfixturevalue("sqlite_home" if request.param == "sqlite" else "postgres_home")
    assert isinstance(home, CentralHome)
    return home


@pytest.fixture(params=["sqlite", "postgresql"])
def central_chain(request: pytest.FixtureRequest) -> CentralHome:
    """A home with the demonstration's chain; the test runs once on each database."""
    home = request.getfixturevalue("sqlite_chain" if request.param == "sqlite" else "postgres_chain")
    assert isinstance(home, CentralHome)
    return home
