"""A home folder: what it holds, and what is refused."""

import stat
from pathlib import Path
from typing import Any

import pytest

from tillgate.central.home import create_home, database_settings, load_home
from tillgate.core.errors import SettingsInvalid


def test_a_home_is_private(tmp_path: Path) -> None:
    home = create_home(tmp_path / "central")
    assert stat.S_IMODE((home.folder / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((home.folder / "central.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700


def test_a_home_that_exists_stays_as_it_is(tmp_path: Path) -> None:
    first = create_home(tmp_path / "central", language="en")
    assert create_home(tmp_path / "central", database="postgresql:///other", language="ru") == first


def test_two_homes_have_different_secrets(tmp_path: Path) -> None:
    assert create_home(tmp_path / "a").secret != create_home(tmp_path / "b").secret


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("databse = 'sqlite:///x.db'", "$"),
        ("hosts = 'example.com'", "$.hosts"),
        ("language = 'de'", "$.language"),
        ("time_zone = 'Europe/Moskau'", "$.time_zone"),
        ("database = 'mysql://x/y'", "$.database"),
        ("database = ", "$"),
    ],
)
def test_a_wrong_settings_file_names_the_key(tmp_path: Path, text: str, path: str) -> None:
    create_home(tmp_path)
    (tmp_path / "central.toml").write_text(text)
    with pytest.raises(SettingsInvalid) as caught:
        load_home(tmp_path)
    assert caught.value.path == path
    assert str(tmp_path / "central.toml") in caught.value.detail or "mysql" in caught.value.detail


def test_a_missing_home_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="tillgate-central init --home"):
        load_home(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///central.db", {"ENGINE": "tillgate.central.sqlite", "NAME": "/home/central.db"}),
        ("sqlite:////var/lib/c.db", {"NAME": "/var/lib/c.db"}),
        (
            "postgresql://till:p%40ss@db.example:5433/chain?sslmode=require",
            {
                "NAME": "chain",
                "USER": "till",
                "PASSWORD": "p@ss",
                "HOST": "db.example",
                "PORT": "5433",
                "OPTIONS": {"sslmode": "require"},
            },
        ),
        ("postgresql:///chain?host=/run/postgresql", {"HOST": "/run/postgresql", "OPTIONS": {}}),
    ],
)
def test_a_database_url_becomes_settings(url: str, expected: dict[str, Any]) -> None:
    settings = database_settings(url, Path("/home"))
    assert expected == {key: settings[key] for key in expected}


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        database_settings("mysql://root:hunter2@db/x", Path("/home"))
    assert "hunter2" not in str(caught.value)
