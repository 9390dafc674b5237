"""The home folder of a central service: its settings file, its secret key, by default its database."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import available_timezones

import msgspec
from msgspec import Struct

from tillgate.core.errors import SettingsInvalid

__all__ = ["HOME_VARIABLE", "Home", "create_home", "database_settings", "load_home"]

#: The environment variable that tells every process of a central service where its home is.
HOME_VARIABLE = "TILLGATE_CENTRAL_HOME"
SETTINGS_FILE = "central.toml"
SECRET_FILE = "secret.key"  # noqa: S105  A file's name.

SETTINGS_TEXT = """\
# Tillgate central service.

# sqlite:///central.db lies in this folder; a server is postgresql://user:password@host:5432/name
database = {database}

# Names under which browsers reach the web admin. The machine itself always may.
hosts = []

# What a page is shown in before its reader has chosen: ru or en.
language = {language}

# Set it when browsers come by https (a proxy in front ends TLS): cookies then go over https only.
https = false

# In which zone the pages write times, and read the ones that are typed there.
time_zone = "Europe/Moscow"
"""


class FileSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of central.toml."""

    database: str = "sqlite:///central.db"
    hosts: tuple[str, ...] = ()
    language: str = "ru"
    https: bool = False
    time_zone: str = "Europe/Moscow"


class Home(Struct, frozen=True, kw_only=True):
    """What every process of one central service knows."""

    folder: Path
    settings: FileSettings
    secret: str


def create_home(folder: Path, *, database: str = "sqlite:///central.db", language: str = "ru") -> Home:
    """Write what is missing in a home folder, and read it. An existing home stays as it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = folder / SETTINGS_FILE
    if not settings.exists():
        database_settings(database, folder)
        text = SETTINGS_TEXT.format(database=_toml(database), language=_toml(language))
        # A server's password may stand in it.
        _write_private(settings, text)
    if not (folder / SECRET_FILE).exists():
        _write_private(folder / SECRET_FILE, secrets.token_urlsafe(48) + "\n")
    return load_home(folder)


def load_home(folder: Path) -> Home:
    """Read a home folder. Raises SettingsInvalid that says what is missing or wrong, and where."""
    path = folder / SETTINGS_FILE
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=FileSettings)
        secret = (folder / SECRET_FILE).read_text().strip()
    except OSError as error:
        next_step = f"`tillgate-central init --home {folder}` makes a home"
        raise SettingsInvalid(f"{error.filename}: {error.strerror}; {next_step}") from error
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        raise SettingsInvalid(f"{path}: {message}", path=where.rstrip("`") or "$") from error
    except msgspec.DecodeError as error:
        raise SettingsInvalid(f"{path}: not TOML: {error}", path="$") from error
    if settings.language not in ("ru", "en"):
        raise SettingsInvalid(f"{path}: the language is ru or en", path="$.language")
    if settings.time_zone not in available_timezones():
        raise SettingsInvalid(f"{path}: there is no time zone {settings.time_zone!r}", path="$.time_zone")
    if len(secret) < 32:
        raise SettingsInvalid(f"{folder / SECRET_FILE}: shorter than 32 characters")
    database_settings(settings.database, folder)
    return Home(folder=folder.absolute(), settings=settings, secret=secret)


def database_settings(url: str, folder: Path) -> dict[str, Any]:
    """Translate a database URL to Django's settings for one database."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not parts.netloc and parts.path.strip("/"):
        return _sqlite(folder / parts.path.removeprefix("/"))
    if parts.scheme in ("postgresql", "postgres") and parts.path.strip("/"):
        return _postgresql(url)
    raise SettingsInvalid(
        f"{_without_password(url)!r} is neither sqlite:///FILE nor postgresql://user@host/name", path="$.database"
    )


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "tillgate.central.sqlite",
        "NAME": str(path),
        "OPTIONS": {
            # Two processes write. IMMEDIATE takes the write lock at BEGIN, where waiting helps; a lock that is
            # upgraded later fails at once, however long the timeout.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000",
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options: Mapping[str, str] = dict(parse_qsl(parts.query))
    # A unix socket's folder is given as ?host=/run/postgresql, as libpq has it.
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.get("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {key: value for key, value in options.items() if key != "host"},
    }


def _without_password(url: str) -> str:
    before, at, after = url.rpartition("@")
    return f"…@{after}" if at and before else url


def _toml(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
