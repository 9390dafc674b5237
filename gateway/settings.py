"""The gateway's settings: one TOML file, frozen types, unknown keys refused with their path."""

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

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
    "host_and_port",
    "is_loopback",
    "load_settings",
    "parse_settings",
]


class ApiSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where tills reach the gateway."""

    listen: Annotated[
        str, Meta(description="host:port; port 0 takes a free one. Plain text is for loopback addresses only.")
    ] = "127.0.0.1:7420"
    tls_certificate: Annotated[
        str, Meta(description="PEM file, relative to this file; needed beyond loopback, together with tls_key.")
    ] = ""
    tls_key: Annotated[str, Meta(description="PEM file of the certificate's key.")] = ""
    concurrent_calls_max: Annotated[
        int, Meta(ge=1, le=10_000, description="Calls at once over all lanes; further ones are refused.")
    ] = 1_000


class WebSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The technician's status page and /metrics."""

    listen: Annotated[str, Meta(description="host:port on a loopback address.")] = "127.0.0.1:7421"


class UplinkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The central service."""

    address: Annotated[
        str, Meta(description="host:port of the central's gRPC server. Empty: the gateway works alone.")
    ] = ""
    token_file: Annotated[
        str, Meta(description="File with this gateway's token, relative to this file, readable by its owner only.")
    ] = "central.token"  # noqa: S105  A name, not a secret.
    ca_certificate: Annotated[
        str, Meta(description="PEM file of the certificate authority. Empty: plain text, loopback addresses only.")
    ] = ""
    retry_first_ms: Annotated[
        int, Meta(ge=10, description="First bound of the random pause between attempts to connect; it doubles.")
    ] = 1_000
    retry_most_ms: Annotated[int, Meta(ge=10, description="Greatest bound of that pause.")] = 300_000


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

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    #: A plugin's id.
    plugin: str
    #: A driver of that plugin. Empty: its only one.
    driver: str = ""
    transport: TransportSettings
    #: The driver's own settings, checked against the plugin's manifest.
    settings: dict[str, Any] = {}


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the daemon is told."""

    gateway_id: Annotated[
        str,
        Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="The name that the central service knows."),
    ]
    data: Annotated[
        str, Meta(description="Folder for the journal, its lock, keys and the admin socket, relative to this file.")
    ] = "data"
    language: Annotated[Literal["ru", "en"], Meta(description="Language of printed slips: ru or en.")] = "ru"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="debug, info, warning or error.")
    ] = "info"
    api: ApiSettings = ApiSettings()
    web: WebSettings = WebSettings()
    uplink: UplinkSettings = UplinkSettings()
    devices: tuple[DeviceSettings, ...] = ()
    #: The folder that relative paths start from: where the settings file lies. Not a key of the file.
    base: str = ""

    def path(self, name: str) -> Path:
        """A path of the settings, absolute."""
        return Path(self.base, name).absolute()

    @property
    def data_folder(self) -> Path:
        """Where everything the gateway keeps lies."""
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
        hint = f"`tillgate config default > {path}` writes one"
        raise SettingsInvalid(f"{path}: {error.strerror}; {hint}") from error
    return parse_settings(text, base=path.parent.absolute(), name=str(path))


def parse_settings(text: bytes, *, base: Path, name: str = "settings") -> Settings:
    """Decode TOML into Settings, then check what types alone cannot say."""
    try:
        document = msgspec.toml.decode(text)
        if "base" in document:
            raise SettingsInvalid(f"{name}: Object contains unknown field `base`", path="$")
        settings = msgspec.convert(document | {"base": str(base)}, Settings)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        raise SettingsInvalid(f"{name}: {message}", path=where.rstrip("`") or "$") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{name}: not TOML: {error}", path="$") from error
    _check_devices(settings, name)
    _check_addresses(settings, name)
    return settings


def _refuse(name: str, path: str, detail: str) -> NoReturn:
    raise SettingsInvalid(f"{name}: {detail}", path=path)


def _check_devices(settings: Settings, name: str) -> None:
    seen: set[str] = set()
    for index, device in enumerate(settings.devices):
        path = f"$.devices[{index}]"
        if device.id in seen:
            _refuse(name, f"{path}.id", f"device {device.id!r} stands twice")
        seen.add(device.id)
        if (device.transport.serial is None) == (device.transport.tcp is None):
            _refuse(name, f"{path}.transport", "give exactly one of serial, tcp")


def _check_addresses(settings: Settings, name: str) -> None:
    api, web, uplink = settings.api, settings.web, settings.uplink
    for path, address in (("$.api.listen", api.listen), ("$.web.listen", web.listen)):
        if host_and_port(address) is None:
            _refuse(name, path, f"{address!r} is not host:port")
    if bool(api.tls_certificate) != bool(api.tls_key):
        _refuse(name, "$.api", "tls_certificate and tls_key belong together")
    if not api.tls_certificate and not is_loopback(api.listen):
        _refuse(name, "$.api.listen", "plain text is for loopback addresses; give tls_certificate and tls_key")
    if not is_loopback(web.listen):
        _refuse(name, "$.web.listen", "the status page is for loopback addresses")
    if not uplink.address:
        return
    if host_and_port(uplink.address) is None:
        _refuse(name, "$.uplink.address", f"{uplink.address!r} is not host:port")
    if not uplink.ca_certificate and not is_loopback(uplink.address):
        _refuse(name, "$.uplink.ca_certificate", "plain text is for loopback addresses; name the authority's file")


def host_and_port(address: str) -> tuple[str, int] | None:
    """Split host:port; None when it is not that."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        return None
    return host.strip("[]"), int(port)


def is_loopback(address: str) -> bool:
    """Whether host:port names this machine alone."""
    parsed = host_and_port(address)
    if parsed is None:
        return False
    if parsed[0] == "localhost":
        return True
    try:
        return ipaddress.ip_address(parsed[0]).is_loopback
    except ValueError:
        return False
