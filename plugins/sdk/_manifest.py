"""plugin.toml: all that is known of a plugin before any of its code is imported."""

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tillgate.core.errors import PluginInvalid, SettingsInvalid

from ._settings import Setting, check_settings
from ._text import ManifestText

__all__ = [
    "CONTRACT_VERSIONS",
    "Category",
    "DriverManifest",
    "Limits",
    "Manifest",
    "MatchRule",
    "Permissions",
    "Transport",
    "TwinManifest",
    "load_manifest",
    "parse_manifest",
]

#: Versions of the contract between gateway and driver host that this SDK speaks, newest last.
CONTRACT_VERSIONS = (1,)
MANIFEST_BYTES_MAX = 256 * 1024

PluginId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{1,63}$")]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
#: A module and a name in it: acme.twin:ScannerTwin.
Reference = Annotated[str, Meta(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
HexWord = Annotated[str, Meta(pattern=r"^[0-9a-f]{4}$")]
Transport = Literal["serial", "tcp"]
#: UnifiedPOS device categories.
Category = Literal[
    "Biometrics",
    "CashDrawer",
    "LineDisplay",
    "MSR",
    "POSPrinter",
    "RFIDScanner",
    "Scale",
    "Scanner",
    "SmartCardRW",
]


class MatchRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a device of this kind is recognised. Every given part has to fit."""

    usb_vendor_id: HexWord | None = None
    usb_product_id: HexWord | None = None
    #: A shell pattern for names in /dev/serial/by-id.
    serial_by_id: str | None = None
    tcp_port: Annotated[int, Meta(ge=1, le=65_535)] | None = None


class TwinManifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The simulator that ships with a driver."""

    reference: Reference
    #: Faults its `fault` method knows.
    faults: tuple[Name, ...] = ()


class DriverManifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One driver."""

    name: Name
    title: ManifestText
    category: Category
    transports: Annotated[tuple[Transport, ...], Meta(min_length=1)]
    match: tuple[MatchRule, ...] = ()
    settings: dict[str, Setting] = {}
    #: Fields of what it reads that must not be logged or kept.
    sensitive_fields: tuple[str, ...] = ()
    twin: TwinManifest | None = None
    #: Folder of recorded bytes, relative to the manifest.
    samples: str = ""


class Permissions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its process may reach besides the bound device, enforced where the kernel has Landlock."""

    #: TCP ports it may connect to, beyond the bound device's.
    tcp_ports: tuple[Annotated[int, Meta(ge=1, le=65_535)], ...] = ()
    #: Existing absolute folders below which it may write files, beyond /dev.
    write_paths: tuple[Annotated[str, Meta(pattern="^/.")], ...] = ()


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds that the system enforces on its process."""

    #: Private memory, RLIMIT_DATA.
    memory_mib: Annotated[int, Meta(ge=16, le=1_024)] = 64
    #: Processor time at a stretch without coming back to the host's loop, RLIMIT_CPU renewed.
    cpu_burst_s: Annotated[int, Meta(ge=1, le=60)] = 5
    open_files: Annotated[int, Meta(ge=16, le=1_024)] = 64


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plugin."""

    id: PluginId
    version: Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+([-.+]?[0-9A-Za-z.]+)?$")]
    contract_versions: Annotated[tuple[int, ...], Meta(min_length=1)]
    title: ManifestText
    licence: Annotated[str, Meta(min_length=1, max_length=64)]
    drivers: Annotated[tuple[DriverManifest, ...], Meta(min_length=1)]
    permissions: Permissions = Permissions()
    limits: Limits = Limits()

    def driver(self, name: str) -> DriverManifest:
        """The driver of this name; for an empty name the only one. Raises SettingsInvalid."""
        if not name and len(self.drivers) == 1:
            return self.drivers[0]
        for driver in self.drivers:
            if driver.name == name:
                return driver
        known = ", ".join(driver.name for driver in self.drivers)
        raise SettingsInvalid(f"plugin {self.id} has no driver {name!r}; it has {known}", path="$.driver")

    def contract_version(self, known: tuple[int, ...] = CONTRACT_VERSIONS) -> int | None:
        """The highest contract version that both sides speak, or None."""
        return max(set(known) & set(self.contract_versions), default=None)


def load_manifest(path: Path) -> Manifest:
    """Read plugin.toml. Raises PluginInvalid that names the file and the key's path."""
    try:
        if path.stat().st_size > MANIFEST_BYTES_MAX:
            raise PluginInvalid(f"{path}: longer than {MANIFEST_BYTES_MAX} bytes", path="$")
        text = path.read_bytes()
    except OSError as error:
        raise PluginInvalid(f"{path}: {error.strerror}", path="$") from error
    return parse_manifest(text, name=str(path))


def parse_manifest(text: bytes, *, name: str = "plugin.toml") -> Manifest:
    """Decode and check a manifest. Raises PluginInvalid."""
    try:
        manifest = msgspec.toml.decode(text, type=Manifest)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        raise PluginInvalid(f"{name}: {message}", path=where.rstrip("`") or "$") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PluginInvalid(f"{name}: not TOML: {error}", path="$") from error
    _check_drivers(manifest, name)
    return manifest


def _check_drivers(manifest: Manifest, name: str) -> None:
    names = [driver.name for driver in manifest.drivers]
    for index, driver in enumerate(manifest.drivers):
        path = f"$.drivers[{index}]"
        if driver.name in names[:index]:
            raise PluginInvalid(f"{name}: driver {driver.name!r} stands twice", path=f"{path}.name")
        samples = Path(driver.samples)
        if samples.is_absolute() or ".." in samples.parts:
            raise PluginInvalid(f"{name}: samples lie inside the plugin", path=f"{path}.samples")
        for key, setting in driver.settings.items():
            _check_setting(setting, f"{path}.settings.{key}", name)


def _check_setting(setting: Setting, path: str, name: str) -> None:
    try:
        re.compile(setting.pattern)
    except re.error as error:
        raise PluginInvalid(f"{name}: not a pattern: {error}", path=f"{path}.pattern") from error
    if setting.type == "list" and setting.items is None:
        raise PluginInvalid(f"{name}: a list says what it holds", path=f"{path}.items")
    if setting.default is not msgspec.UNSET:
        try:
            check_settings({"default": setting}, {"default": setting.default}, path)
        except SettingsInvalid as error:
            raise PluginInvalid(f"{name}: {error.detail}", path=error.path) from error
    if setting.items is not None:
        _check_setting(setting.items, f"{path}.items", name)
    for key, inner in setting.fields.items():
        _check_setting(inner, f"{path}.fields.{key}", name)
