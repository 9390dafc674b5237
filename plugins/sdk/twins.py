"""What a twin is, and the pseudo-terminal that serial twins stand on."""

import os
import pty
import select
import tty
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

from tillgate.core.errors import PluginInvalid, SettingsInvalid

from ._finding import FoundPlugin

__all__ = ["PseudoTerminal", "Twin", "make_twin"]

_WRITE_WAIT_S = 5.0


class Twin(Protocol):
    """A simulator that speaks a device's protocol from the device's side.

    Made with `location`, where it is to be found (a path for a serial port, host:port for TCP; empty or port 0: a free
    one), and its own settings by name.
    """

    #: Methods and attributes that the twin runner offers.
    commands: ClassVar[tuple[str, ...]]

    @property
    def location(self) -> str:
        """Where a gateway finds the device."""

    def start(self) -> None:
        """Switch the device on."""

    def stop(self) -> None:
        """Switch it off and take everything away."""

    def fault(self, name: str) -> None:
        """Let something go wrong. Raises ValueError for a fault it does not know."""

    def clear(self) -> None:
        """Mend every fault."""


def make_twin(
    plugin: FoundPlugin, driver: str = "", location: str = "", settings: dict[str, Any] | None = None
) -> Twin:
    """The twin that a driver's manifest names, not started yet. Imports the plugin's code.

    Raises SettingsInvalid for a driver or settings that are not there, PluginInvalid for a driver without a twin.
    """
    described = plugin.manifest.driver(driver)
    if described.twin is None:
        raise PluginInvalid(f"driver {described.name} of {plugin.manifest.id} has no twin")
    module, _, name = described.twin.reference.partition(":")
    make = getattr(import_module(module), name, None)
    if make is None:
        raise PluginInvalid(f"{described.twin.reference} is not there", path="$.drivers.twin.reference")
    try:
        return cast("Twin", make(location, **(settings or {})))
    except (TypeError, ValueError) as error:
        raise SettingsInvalid(f"the twin of {described.name}: {error}", path="$.settings") from error


class PseudoTerminal:
    """A serial port made by the kernel, under a path that stays the same when it is unplugged and plugged in again."""

    def __init__(self, link: str = "") -> None:
        self._link = Path(link) if link else None
        self._device = -1
        self._port = -1
        self._name = ""

    @property
    def location(self) -> str:
        """The path to open."""
        return str(self._link) if self._link else self._name

    @property
    def plugged(self) -> bool:
        """Whether there is a port now."""
        return self._device >= 0

    def plug(self) -> None:
        """Make the port appear."""
        if self.plugged:
            return
        self._device, self._port = pty.openpty()
        # Raw before anybody opens it: a terminal would echo the scan back to the scanner.
        tty.setraw(self._port)
        os.set_blocking(self._device, False)
        self._name = os.ttyname(self._port)
        if self._link:
            fresh = self._link.with_name(f".{self._link.name}.{os.getpid()}")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(self._name)
            fresh.replace(self._link)

    def unplug(self) -> None:
        """Make it vanish: whoever has it open sees a hang-up."""
        if not self.plugged:
            return
        if self._link:
            self._link.unlink(missing_ok=True)
        os.close(self._device)
        os.close(self._port)
        self._device = self._port = -1

    def write(self, data: bytes) -> bool:
        """Send bytes to whoever reads the port; False when it is unplugged.

        Raises TimeoutError when nobody reads for 5 s and the kernel's 4 KiB are full.
        """
        rest = memoryview(data)
        while rest and self.plugged:
            if not select.select([], [self._device], [], _WRITE_WAIT_S)[1]:
                raise TimeoutError(f"nobody reads {self.location}")
            rest = rest[os.write(self._device, rest) :]
        return self.plugged
