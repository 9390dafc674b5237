"""plugin.toml: read without importing the plugin; what is wrong with one is told with its path and harms no other."""

import sys
from pathlib import Path

import pytest

from tillgate.core.errors import PluginInvalid, SettingsInvalid
from tillgate.plugins.sdk import check_settings, find_manifests, parse_manifest

GOOD = """
id = "acme_scanner"
version = "1.2.3"
contract_versions = [1]
licence = "MIT"
title = { ru = "Сканер", en = "Scanner" }
[[drivers]]
name = "scanner"
title = { ru = "Сканер", en = "Scanner" }
category = "Scanner"
transports = ["serial"]
[drivers.settings.port_speed]
type = "integer"
default = 3
least = 1
most = 9
about = { ru = "Скорость", en = "Speed" }
"""


def test_a_manifest_says_everything_before_any_code_runs() -> None:
    manifest = parse_manifest(GOOD.encode())
    assert manifest.driver("").category == "Scanner"
    assert manifest.limits.memory_mib == 64
    assert manifest.contract_version() == 1
    assert manifest.contract_version((2, 3)) is None


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('licence = "MIT"', 'licence = "MIT"\ncolour = "red"', "$"),
        ('id = "acme_scanner"', 'id = "Acme Scanner"', "$.id"),
        ('id = "acme_scanner"', "id = 7", "$.id"),
        ('transports = ["serial"]', 'transports = ["telepathy"]', "$.drivers[0].transports[0]"),
        ('category = "Scanner"', 'category = "Toaster"', "$.drivers[0].category"),
        ('ru = "Скорость", ', "", "$.drivers[0].settings[...].about"),
        ("default = 3", "default = 30", "$.drivers[0].settings.port_speed.default"),
        ("default = 3", 'default = "fast"', "$.drivers[0].settings.port_speed.default"),
        ('type = "integer"', 'type = "list"', "$.drivers[0].settings.port_speed.items"),
        ('name = "scanner"', 'name = "scanner"\nsamples = "../secrets"', "$.drivers[0].samples"),
        ("contract_versions = [1]", "contract_versions = []", "$.contract_versions"),
        ("id =", "id", "$"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(old: str, new: str, path: str) -> None:
    with pytest.raises(PluginInvalid) as caught:
        parse_manifest(GOOD.replace(old, new, 1).encode())
    assert caught.value.path == path


def test_two_drivers_of_one_name_are_refused() -> None:
    twice = GOOD + GOOD[GOOD.index("[[drivers]]") :]
    with pytest.raises(PluginInvalid, match="stands twice"):
        parse_manifest(twice.encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(PluginInvalid, match="not TOML"):
        parse_manifest(b"id = '\xff\xfe'")


SETTINGS = (
    parse_manifest(
        GOOD.encode()
        + """
[drivers.settings.kinds]
type = "list"
default = []
most = 2
about = { ru = "Виды", en = "Kinds" }
[drivers.settings.kinds.items]
type = "object"
about = { ru = "Вид", en = "Kind" }
[drivers.settings.kinds.items.fields.name]
type = "string"
pattern = "[a-z]+"
about = { ru = "Имя", en = "Name" }
""".encode()
    )
    .drivers[0]
    .settings
)


def test_settings_get_their_defaults() -> None:
    assert check_settings(SETTINGS, {"kinds": [{"name": "a"}]}) == {"port_speed": 3, "kinds": [{"name": "a"}]}


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"colour": 1}, "$.colour"),
        ({"port_speed": "3"}, "$.port_speed"),
        ({"port_speed": True}, "$.port_speed"),
        ({"port_speed": 0}, "$.port_speed"),
        ({"port_speed": 10}, "$.port_speed"),
        ({"kinds": [{"name": "a"}] * 3}, "$.kinds"),
        ({"kinds": [{"name": "a"}, {}]}, "$.kinds[1].name"),
        ({"kinds": [{"name": "A"}]}, "$.kinds[0].name"),
        ({"kinds": [{"name": "a", "size": 1}]}, "$.kinds[0].size"),
        ({"kinds": {}}, "$.kinds"),
    ],
)
def test_a_wrong_setting_is_told_with_its_path(settings: dict[str, object], path: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        check_settings(SETTINGS, settings)
    assert caught.value.path == path


def _install(folder: Path, name: str, package: str, manifest: str | None) -> None:
    """A distribution as pip leaves one; its code would end the test if it ran."""
    code = folder.joinpath(*package.split("."))
    code.mkdir(parents=True)
    for each in [code, *code.parents]:
        if each == folder:
            break
        (each / "__init__.py").write_text("raise SystemExit('plugin code was imported')")
    if manifest is not None:
        (code / "plugin.toml").write_text(manifest, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text(
        f"[console_scripts]\n{name} = x:y\n\n[tillgate.plugins]\n# a comment\n{name} = {package}\n"
    )


def test_plugins_are_found_without_importing_them_and_a_broken_one_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path, "acme_scanner", "acme_company.scanner", GOOD)
    _install(tmp_path, "broken_one", "broken_one", "id = ")
    _install(tmp_path, "no_manifest", "no_manifest", None)
    _install(tmp_path, "other_name", "other_name", GOOD)
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins = find_manifests([str(tmp_path)])
    assert [plugin.manifest.id for plugin in plugins.found] == ["acme_scanner"]
    assert plugins.plugin("acme_scanner").folder == tmp_path / "acme_company" / "scanner"
    assert [name for name, _ in plugins.failed] == ["broken_one", "no_manifest", "other_name"]
    assert not {"acme_company", "broken_one"} & set(sys.modules)
    with pytest.raises(PluginInvalid, match="not TOML"):
        plugins.manifest("broken_one")
    with pytest.raises(PluginInvalid, match="installed are acme_scanner"):
        plugins.manifest("missing")


def test_two_distributions_cannot_share_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "a", "acme_scanner", "acme_a", GOOD)
    _install(tmp_path / "b", "acme_scanner", "acme_b", GOOD)
    for part in ("a", "b"):
        monkeypatch.syspath_prepend(str(tmp_path / part))
    plugins = find_manifests([str(tmp_path / "a"), str(tmp_path / "b")])
    assert [name for name, _ in plugins.failed] == ["acme_scanner"]


def test_the_drivers_that_ship_are_found_like_everybodys() -> None:
    plugins = find_manifests()
    assert not plugins.failed
    ids = {plugin.manifest.id for plugin in plugins.found}
    assert {"serial_scanner", "serial_msr", "escpos_printer"} <= ids
    for plugin in plugins.found:
        for driver in plugin.manifest.drivers:
            assert check_settings(driver.settings, {})
            assert driver.twin is not None
            assert (plugin.folder / driver.samples).is_dir()
