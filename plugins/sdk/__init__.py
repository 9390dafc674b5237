"""The contract every plugin keeps: its manifest, its hooks, what a driver is, and the frames its process speaks."""

from ._driver import (
    Driver,
    HealthReport,
    JobEnded,
    Outcome,
    Output,
    PrinterDriver,
    Problem,
    Read,
    Reopen,
    Send,
    Status,
    StatusChanged,
)
from ._finding import ENTRY_POINT_GROUP, FoundPlugin, Plugins, find_manifests, find_plugin
from ._manifest import (
    CONTRACT_VERSIONS,
    Category,
    DriverManifest,
    Limits,
    Manifest,
    MatchRule,
    Permissions,
    Transport,
    TwinManifest,
    load_manifest,
    parse_manifest,
)
from ._settings import Setting, check_settings
from ._text import ManifestText
from .hookspecs import hookimpl

__all__ = [
    "CONTRACT_VERSIONS",
    "ENTRY_POINT_GROUP",
    "Category",
    "Driver",
    "DriverManifest",
    "FoundPlugin",
    "HealthReport",
    "JobEnded",
    "Limits",
    "Manifest",
    "ManifestText",
    "MatchRule",
    "Outcome",
    "Output",
    "Permissions",
    "Plugins",
    "PrinterDriver",
    "Problem",
    "Read",
    "Reopen",
    "Send",
    "Setting",
    "Status",
    "StatusChanged",
    "Transport",
    "TwinManifest",
    "check_settings",
    "find_manifests",
    "find_plugin",
    "hookimpl",
    "load_manifest",
    "parse_manifest",
]
