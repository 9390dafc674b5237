"""The gateway's settings: one TOML file, frozen types, unknown keys refused with their path."""

import ipaddress
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from tillgate.core.errors import SettingsInvalid

__all__ = [
    "ApiSettings",
    "DeviceSettings",
    "SerialPort",
    "Settings",
    "TcpAddress",
    "TransportSettings",
    "UplinkSettings",
    "WebSettings",
    "is_loopback",
    "load_settings",
    "parse_settings",
]

Port = Annotated[int, Meta(ge=0, le=65_535)]
DeviceId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class ApiSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where tills reach the gateway. Plain text is for loopback addresses; elsewhere give certificate and key."""

    #: host:port; port 0 takes a free one.
    listen: str = "127.0.0.1:7420"
    #: PEM files, relative to the settings file. Both or none.
    tls_certificate: str = ""
    tls_key: str = ""
    #: Calls at once, over all lanes; further ones are refused.
    concurrent_calls_max: Annotated[int, Meta(ge=1, le=10_000)] = 1_000


class WebSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The technician's status page and /metrics. Loopback only."""

    listen: str = "127.0.0.1:7421"


class UplinkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The central service."""

    #: host:port of the central's gRPC server. Empty: the gateway works alone.
    address: str = ""
    #: File with this gateway's token, relative to the settings file, mode 0600.
    token_file: str = "central.token"  # noqa: S105  A file's name.
    #: PEM file of the certificate authority. Empty: plain text, loopback addresses only.
    ca_certificate: str = ""
    #: Pauses between attempts to connect, drawn at random up to a bound that doubles between the two.
    retry_first_ms: Annotated[int, Meta(ge=10)] = 1_000
    retry_most_ms: Annotated[int, Meta(ge=10)] = 300_000


class SerialPort(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A serial port."""

    port: str
    baud_rate: Annotated[int, Meta(ge=50, le=4_000_000)] = 9_600
    data_bits: Annotated[int, Meta(ge=5, le=8)] = 8
    parity: Annotated[str, Meta(pattern="^[NEO]$")] = "N"
    stop_bits: Annotated[int, Meta(ge=1, le=2)] = 1


class TcpAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TCP address."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)]


class TransportSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a device is connected. Exactly one."""

    serial: SerialPort | None = None
    tcp: TcpAddress | None = None


class DeviceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bound device."""

    id: DeviceId
    #: A plugin's id, as `tillgate plugin list` shows it.
    plugin: str
    #: A driver of that plugin. Empty: its only one.
    driver: str = ""
    transport: TransportSettings
    #: The driver's own settings, checked against the plugin's manifest.
    settings: dict[str, Any] = {}


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the daemon is told."""

    gateway_id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    #: Folder for the journal, the lock, keys and the admin socket; relative to the settings file.
    data: str = "data"
    api: ApiSettings = ApiSettings()
    web: WebSettings = WebSettings()
    uplink: UplinkSettings = UplinkSettings()
    devices: tuple[DeviceSettings, ...] = ()
    #: debug, info, warning or error.
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"
    #: The folder that relative paths start from: where the settings file lies. Not a key of the file.
    base: str = ""

    def path(self, name: str) -> Path:
        """A path of the settings, absolute."""
        return Path(self.base, name).absolute()

    @property
    def data_folder(self) -> Path:
        return self.path(self.data)

    @property
    def admin_socket(self) -> Path:
        """The unix socket of `tillgate.admin.v1`."""
        return self.data_folder / "admin.sock"


def load_settings(path: Path) -> Settings:
    """Read and check a settings file. Raises SettingsInvalid that names the file and the key's path."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise SettingsInvalid(f"{path}: {error.strerror}; `tillgate config default > {path}` writes one") from error
    return parse_settings(text, base=path.parent.absolute(), name=str(path))


def parse_settings(text: bytes, *, base: Path, name: str = "settings") -> Settings:
    """Decode TOML into Settings, then check what types alone cannot say."""
    try:
        document = msgspec.toml.decode(text)
        if "base" in document:
            raise SettingsInvalid(f"{name}: Object contains unknown field `base`", path="$.base")
        settings = msgspec.convert(document | {"base": str(base)}, Settings)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        raise SettingsInvalid(f"{name}: {message}", path=where.rstrip("`") or "$") from error
    except msgspec.DecodeError as error:
        raise SettingsInvalid(f"{name}: not TOML: {error}", path="$") from error
    _check(settings, name)
    return settings


def _check(settings: Settings, name: str) -> None:
    def refuse(path: str, detail: str) -> None:
        raise SettingsInvalid(f"{name}: {detail}", path=path)

    seen: set[str] = set()
    for index, device in enumerate(settings.devices):
        path = f"$.devices[{index}]"
        if device.id in seen:
            refuse(f"{path}.id", f"device {device.id!r} stands twice")
        seen.add(device.id)
        if (device.transport.serial is None) == (device.transport.tcp is None):
            refuse(f"{path}.transport", "give exactly one of serial, tcp")
    for path, address in (("$.api.listen", settings.api.listen), ("$.web.listen", settings.web.listen)):
        if not _host_and_port(address):
            refuse(path, f"{address!r} is not host:port")
    if bool(settings.api.tls_certificate) != bool(settings.api.tls_key):
        refuse("$.api", "tls_certificate and tls_key belong together")
    if not settings.api.tls_certificate and not is_loopback(settings.api.listen):
        refuse("$.api.listen", "plain text is for loopback addresses; give tls_certificate and tls_key")
    if not is_loopback(settings.web.listen):
        refuse("$.web.listen", "the status page is for loopback addresses")
    uplink = settings.uplink
    if uplink.address and not _host_and_port(uplink.address):
        refuse("$.uplink.address", f"{uplink.address!r} is not host:port")
    if uplink.address and not uplink.ca_certificate and not is_loopback(uplink.address):
        refuse("$.uplink.ca_certificate", "plain text is for loopback addresses; name the certificate authority")


def _host_and_port(address: str) -> tuple[str, int] | None:
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65_535:
        return None
    return host.strip("[]"), int(port)


def is_loopback(address: str) -> bool:
    """Whether host:port names this machine alone."""
    parsed = _host_and_port(address)
    if parsed is None:
        return False
    if parsed[0] == "localhost":
        return True
    try:
        return ipaddress.ip_address(parsed[0]).is_loopback
    except ValueError:
        return False
