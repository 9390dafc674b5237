"""Every hook a plugin may implement. A plugin's entry point names the package that holds the implementations."""

from collections.abc import Callable
from typing import Any

import pluggy

from ._driver import Driver, HealthReport

__all__ = ["PROJECT", "hookimpl", "hookspec", "tillgate_check_health", "tillgate_drivers", "tillgate_validate"]

PROJECT = "tillgate"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def tillgate_drivers() -> dict[str, Callable[[dict[str, Any]], Driver]]:  # type: ignore[empty-body]
    """Return a factory for each driver of the manifest, by its name. A factory takes the checked settings."""


@hookspec
def tillgate_validate(driver: str, settings: dict[str, Any]) -> None:
    """Raise SettingsInvalid, with the key's path, for what the manifest's schema cannot say. Otherwise do nothing."""


@hookspec(firstresult=True)
def tillgate_check_health(driver: Driver) -> HealthReport | None:
    """Return what the driver knows of its device, or None when that is no more than whether the link stands."""
