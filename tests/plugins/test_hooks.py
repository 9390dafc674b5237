"""Every hook is one that shipped plugins use, and does what its page says."""

import importlib
from types import ModuleType
from typing import Any

import pluggy
import pytest

from tillgate.core.errors import SettingsInvalid
from tillgate.driver.v1 import driver_pb2
from tillgate.plugins.sdk import FoundPlugin, Outcome, Status, find_manifests, hookspecs
from tillgate.type.v1 import device_pb2

PLUGINS = {plugin.manifest.id: plugin for plugin in find_manifests().found}
HOOKS = sorted(name for name in hookspecs.__all__ if name.startswith("tillgate_"))


def _package(plugin: FoundPlugin) -> ModuleType:
    return importlib.import_module(plugin.package)


def _hooks(plugin: FoundPlugin) -> pluggy.HookRelay:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(_package(plugin))
    manager.check_pending()
    return manager.hook


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_documented_and_used(name: str) -> None:
    assert getattr(hookspecs, name).__doc__
    assert any(hasattr(_package(plugin), name) for plugin in PLUGINS.values())


@pytest.mark.parametrize("plugin", PLUGINS.values(), ids=PLUGINS.keys())
def test_hook_tillgate_drivers_makes_every_driver_of_the_manifest(plugin: FoundPlugin) -> None:
    factories = _hooks(plugin).tillgate_drivers()
    assert set(factories) == {driver.name for driver in plugin.manifest.drivers}
    for make in factories.values():
        driver = make({})
        assert driver.deadline_ms() is None
        assert driver.lost(0, 0) is not None


@pytest.mark.parametrize(
    ("plugin_id", "settings", "path"),
    [
        ("serial_scanner", {"prefix": "№"}, "$.prefix"),
        ("serial_msr", {"templates": [{"name": "a", "track": 2, "pattern": "("}]}, "$.templates[0].pattern"),
        ("serial_msr", {"templates": [{"name": "a", "track": 2, "pattern": "1"}]}, "$.templates[0].pattern"),
        ("escpos_printer", {"profile": "rongta", "code_page": "cp858"}, "$.code_page"),
    ],
)
def test_hook_tillgate_validate_refuses_what_a_schema_cannot_say(
    plugin_id: str, settings: dict[str, Any], path: str
) -> None:
    hooks = _hooks(PLUGINS[plugin_id])
    with pytest.raises(SettingsInvalid) as caught:
        hooks.tillgate_validate(driver="", settings=settings)
    assert caught.value.path == path


@pytest.mark.parametrize("plugin", PLUGINS.values(), ids=PLUGINS.keys())
def test_hook_tillgate_check_health_knows_its_own_drivers_only(plugin: FoundPlugin) -> None:
    hooks = _hooks(plugin)
    (make,) = hooks.tillgate_drivers().values()
    assert hooks.tillgate_check_health(driver=make({})).figures
    assert hooks.tillgate_check_health(driver=object()) is None


def test_numbers_are_those_of_the_contract() -> None:
    for outcome in Outcome:
        assert device_pb2.PrintOutcome.Value(f"PRINT_OUTCOME_{outcome.name}") == int(outcome)
    for status in Status:
        assert device_pb2.PrinterStatus.Value(f"PRINTER_STATUS_{status.name}") == int(status)
    assert len(device_pb2.PrintOutcome.keys()) == len(Outcome) + 1
    assert len(device_pb2.PrinterStatus.keys()) == len(Status) + 1
    assert driver_pb2.LINK_STATE_OPEN == 2
