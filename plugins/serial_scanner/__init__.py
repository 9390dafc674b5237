"""Barcode and QR scanners on a serial port or behind a serial server."""

from typing import Any

import msgspec

from tillgate.plugins.sdk import Driver, HealthReport, hookimpl

from ._driver import ScannerDriver, ScannerSettings

__all__ = ["ScannerDriver", "ScannerSettings", "tillgate_check_health", "tillgate_drivers", "tillgate_validate"]


def _settings(settings: dict[str, Any]) -> ScannerSettings:
    return msgspec.convert(settings, ScannerSettings)


@hookimpl
def tillgate_drivers() -> dict[str, Any]:
    """One driver."""
    return {"scanner": lambda settings: ScannerDriver(_settings(settings))}


@hookimpl
def tillgate_validate(settings: dict[str, Any]) -> None:
    """Framing has to be sendable as bytes."""
    _settings(settings).check()


@hookimpl
def tillgate_check_health(driver: Driver) -> HealthReport | None:
    """Counts of this life."""
    return driver.health() if isinstance(driver, ScannerDriver) else None
