"""Receipt printers that speak ESC/POS, on a serial port or on TCP port 9100."""

from typing import Any

import msgspec

from tillgate.plugins.sdk import Driver, HealthReport, hookimpl

from ._driver import EscposDriver
from ._profile import PrinterSettings, Profile, chosen_profile, load_profiles

__all__ = [
    "EscposDriver",
    "PrinterSettings",
    "Profile",
    "chosen_profile",
    "load_profiles",
    "tillgate_check_health",
    "tillgate_drivers",
    "tillgate_validate",
]


def _settings(settings: dict[str, Any]) -> PrinterSettings:
    return msgspec.convert(settings, PrinterSettings)


def _driver(settings: dict[str, Any]) -> EscposDriver:
    typed = _settings(settings)
    return EscposDriver(typed, chosen_profile(typed, load_profiles()))


@hookimpl
def tillgate_drivers() -> dict[str, Any]:
    """One driver."""
    return {"printer": _driver}


@hookimpl
def tillgate_validate(settings: dict[str, Any]) -> None:
    """The profile has to exist and to know the code page."""
    chosen_profile(_settings(settings), load_profiles())


@hookimpl
def tillgate_check_health(driver: Driver) -> HealthReport | None:
    """What the printer says of itself."""
    return driver.health() if isinstance(driver, EscposDriver) else None
