"""From Start to a driver: the plugin's code is imported here, and nowhere before."""

import json
from importlib import import_module
from typing import Any

import pluggy

from tillgate.core.errors import PluginInvalid, SettingsInvalid
from tillgate.driver.v1.driver_pb2 import Start
from tillgate.plugins.sdk import CONTRACT_VERSIONS, Driver, FoundPlugin, HealthReport, check_settings, hookspecs

__all__ = ["LoadedPlugin", "load_plugin"]


class LoadedPlugin:
    """A plugin's hooks and one driver made of them."""

    def __init__(self, hooks: pluggy.HookRelay, driver: Driver) -> None:
        self._hooks = hooks
        self.driver = driver

    def health(self) -> HealthReport | None:
        """What the plugin knows of the device; None: nothing besides the link."""
        report: HealthReport | None = self._hooks.tillgate_check_health(driver=self.driver)
        return report


def load_plugin(plugin: FoundPlugin, start: Start) -> LoadedPlugin:
    """Import the plugin and make the driver that Start asks for. Raises PluginInvalid or SettingsInvalid."""
    _check_contract(plugin, start)
    described = plugin.manifest.driver(start.driver)
    transport = start.transport.WhichOneof("transport")
    if transport not in described.transports:
        raise SettingsInvalid(f"driver {described.name} does not work by {transport}", path="$.transport")
    settings = check_settings(described.settings, _decode(start.settings_json))
    hooks = _hooks(plugin.package)
    hooks.tillgate_validate(driver=described.name, settings=settings)
    factory = (hooks.tillgate_drivers() or {}).get(described.name)
    if factory is None:
        raise PluginInvalid(f"{plugin.package} has no driver {described.name!r}, though its manifest names it")
    return LoadedPlugin(hooks, factory(settings))


def _check_contract(plugin: FoundPlugin, start: Start) -> None:
    version = start.contract_version
    if version not in CONTRACT_VERSIONS or version not in plugin.manifest.contract_versions:
        raise PluginInvalid(f"{plugin.manifest.id} does not speak contract version {version}")


def _decode(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise SettingsInvalid(f"settings are not JSON: {error}", path="$") from error
    if not isinstance(settings, dict):
        raise SettingsInvalid("settings are not an object", path="$")
    return settings


def _hooks(package: str) -> pluggy.HookRelay:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(import_module(package))
    manager.check_pending()
    return manager.hook
