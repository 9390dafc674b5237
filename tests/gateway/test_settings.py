"""The settings file: what it accepts, and where it says that something is wrong."""

from pathlib import Path

import pytest

from tillgate.core.errors import SettingsInvalid
from tillgate.gateway.cli.config import default_document
from tillgate.gateway.settings import Settings, is_loopback, load_settings, parse_settings

DEVICE = '[[devices]]\nid = "a"\nplugin = "p"\ntransport.serial = { port = "/dev/ttyS0" }\n'


def parse(text: str) -> Settings:
    return parse_settings(text.encode(), base=Path("/srv"), name="t.toml")


def test_the_printed_default_file_is_read_back_as_the_defaults() -> None:
    assert parse(default_document("gateway-1")) == parse('gateway_id = "gateway-1"')


def test_every_key_of_the_default_file_has_its_meaning_above_it() -> None:
    lines = default_document("g").splitlines()
    for index, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            assert lines[index - 1].startswith("# "), line


def test_paths_start_at_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "tillgate.toml"
    file.write_text('gateway_id = "g"\ndata = "box"')
    assert load_settings(file).admin_socket == tmp_path / "box" / "admin.sock"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("gateway_id = 5", "$.gateway_id"),
        ("", "$"),
        ('gateway_id = "G!"', "$.gateway_id"),
        ('gateway_id = "g"\nbase = "/"', "$"),
        ('gateway_id = "g"\nport = 1', "$"),
        ('gateway_id = "g"\n[api]\nlisten = "0.0.0.0:7420"', "$.api.listen"),
        ('gateway_id = "g"\n[api]\nlisten = "7420"', "$.api.listen"),
        ('gateway_id = "g"\n[api]\ntls_key = "k.pem"', "$.api"),
        ('gateway_id = "g"\n[web]\nlisten = "0.0.0.0:1"', "$.web.listen"),
        ('gateway_id = "g"\n[uplink]\naddress = "head.example:7430"', "$.uplink.ca_certificate"),
        ('gateway_id = "g"\n[uplink]\naddress = "nonsense"', "$.uplink.address"),
        ('gateway_id = "g"\n[uplink]\nretry_first_ms = 0', "$.uplink.retry_first_ms"),
        (f'gateway_id = "g"\n{DEVICE}{DEVICE}', "$.devices[1].id"),
        (f'gateway_id = "g"\n{DEVICE}transport.tcp = {{ host = "h", port = 1 }}', "$.devices[0].transport"),
        (
            f'gateway_id = "g"\n{DEVICE}'.replace('"/dev/ttyS0"', '"/dev/ttyS0", speed = 1'),
            "$.devices[0].transport.serial",
        ),
        ("gateway_id = ", "$"),
        ("gateway_id = '\\udcff'", "$.gateway_id"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(text: str, path: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        parse(text)
    assert refused.value.path == path


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="tillgate config default"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "[::1]:1", "127.9.9.9:1"])
def test_loopback_is_recognised(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0:1", "10.0.0.1:1", "example.org:1", "127.0.0.1", "[::]:1"])
def test_everything_else_is_not_loopback(address: str) -> None:
    assert not is_loopback(address)
