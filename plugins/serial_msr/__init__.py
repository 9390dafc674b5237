"""Magstripe readers on a serial port or behind a serial server."""

from typing import Any

import msgspec

from tillgate.plugins.sdk import Driver, HealthReport, hookimpl

from ._driver import CardTemplate, MsrDriver, MsrSettings

__all__ = [
    "CardTemplate",
    "MsrDriver",
    "MsrSettings",
    "tillgate_check_health",
    "tillgate_drivers",
    "tillgate_validate",
]


def _settings(settings: dict[str, Any]) -> MsrSettings:
    return msgspec.convert(settings, MsrSettings)


@hookimpl
def tillgate_drivers() -> dict[str, Any]:
    """One driver."""
    return {"msr": lambda settings: MsrDriver(_settings(settings))}


@hookimpl
def tillgate_validate(settings: dict[str, Any]) -> None:
    """Card templates have to be regular expressions that find a number."""
    _settings(settings).check()


@hookimpl
def tillgate_check_health(driver: Driver) -> HealthReport | None:
    """Counts of this life."""
    return driver.health() if isinstance(driver, MsrDriver) else None
