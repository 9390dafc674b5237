"""The pages about plugins say what is so, and what stands in them works."""

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tillgate.core.errors import PluginInvalid
from tillgate.plugins.sdk import (
    DriverManifest,
    Limits,
    Manifest,
    MatchRule,
    Permissions,
    Setting,
    TwinManifest,
    find_manifests,
    hookspecs,
    parse_manifest,
)
from tillgate.plugins.sdk._settings import check_settings
from tillgate.plugins.serial_scanner.twin import ScannerTwin

DOCS = Path(__file__).parents[2] / "docs"
PLUGINS = find_manifests().found
HOOKS = [name for name in hookspecs.__all__ if name.startswith("tillgate_")]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def snippets(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page(name), re.DOTALL)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_heading_with_its_signature(hook: str) -> None:
    signature = inspect.signature(getattr(hookspecs, hook))
    words = re.sub(r"(collections\.abc|tillgate\.plugins\.sdk\._driver|typing)\.", "", str(signature))
    assert f"### `{hook}{words}`\n" in page("reference/hooks.md")


def names(settings: dict[str, Setting]) -> Iterator[str]:
    for name, setting in settings.items():
        yield name
        yield from names(setting.fields)
        if setting.items is not None:
            yield from names(setting.items.fields)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.manifest.id)
def test_every_driver_setting_choice_and_fault_is_described(plugin: Any) -> None:
    section = page("reference/devices.md").partition(f"## Plugin `{plugin.manifest.id}`\n")[2].partition("\n## ")[0]
    for driver in plugin.manifest.drivers:
        assert f"driver `{driver.name}`" in re.sub(r"\s+", " ", section)
        assert driver.category in section
        for name in [*names(driver.settings), *driver.twin.faults]:
            assert f"`{name}`" in section, name
        for setting in driver.settings.values():
            for choice in setting.choices:
                assert re.search(rf"`\"?{re.escape(choice)}\"?`", section), choice


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.manifest.id)
def test_every_reason_a_driver_tells_is_described(plugin: Any) -> None:
    code = "".join(path.read_text() for path in plugin.folder.glob("*.py"))
    for reason in re.findall(r'Problem\(\s*"([A-Z_]+)"', code):
        assert f"`{reason}`" in page("reference/devices.md"), reason


def test_the_guides_manifest_is_one_and_its_key_table_is_complete() -> None:
    (manifest,) = [text for text in snippets("plugin-author.md", "toml") if "[[drivers]]" in text]
    assert check_settings(parse_manifest(manifest.encode()).drivers[0].settings, {}) == {"bell": "\a"}
    with pytest.raises(PluginInvalid):
        parse_manifest((manifest + "colour = 1\n").encode())
    kinds: tuple[Any, ...] = (Setting, Manifest, Limits, MatchRule, DriverManifest, TwinManifest, Permissions)
    for kind in kinds:
        for key in kind.__struct_fields__:
            assert re.search(rf"[`.]{key}[`\[]", page("plugin-author.md")), key


def test_the_guides_driver_reads_in_a_real_host(host_of: Callable[..., Any], tmp_path: Path) -> None:
    (manifest,) = [text for text in snippets("plugin-author.md", "toml") if "[[drivers]]" in text]
    (entry_points,) = [text for text in snippets("plugin-author.md", "toml") if "entry-points" in text]
    (code,) = snippets("plugin-author.md", "python")
    package, info = tmp_path / "acme_bell", tmp_path / "acme_bell-1.0.0.dist-info"
    package.mkdir()
    info.mkdir()
    (package / "plugin.toml").write_text(manifest, encoding="utf-8")
    (package / "__init__.py").write_text(code, encoding="utf-8")
    (line,) = re.findall(r'^(\w+) = "(\w+)"$', entry_points, re.MULTILINE)
    (info / "entry_points.txt").write_text(f"[tillgate.plugins]\n{line[0]} = {line[1]}\n")
    twin = ScannerTwin(suffix="\a")
    twin.start()
    try:
        host = host_of("acme_bell", {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])})
        host.start_serial(twin.location)
        host.wait_link("LINK_STATE_OPEN")
        twin.type("LP-000123")
        assert host.wait_for("data_event").data.text == "LP-000123"
    finally:
        twin.stop()
