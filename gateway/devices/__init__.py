"""Readers, scanners and printers: their drivers' processes, who may use them, what they say, what they print."""

from ._binding import bind
from ._claims import Claim
from ._devices import HOST_ARGUMENTS, Devices
from ._limits import Limits
from ._print_store import PrintJobStore, StoredPrintJob
from ._subscription import Subscription

__all__ = ["HOST_ARGUMENTS", "Claim", "Devices", "Limits", "PrintJobStore", "StoredPrintJob", "Subscription", "bind"]
