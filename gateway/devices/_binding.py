"""A device of the settings file brought together with the plugin that drives it."""

import json
from dataclasses import dataclass

from tillgate.core.errors import PluginInvalid, SettingsInvalid
from tillgate.driver.v1 import driver_pb2
from tillgate.gateway.settings import DeviceSettings, TransportSettings
from tillgate.plugins.sdk import CONTRACT_VERSIONS, Category, Plugins, check_settings
from tillgate.type.v1 import device_pb2

__all__ = ["CONTRACTS", "Binding", "bind"]

#: Contract versions that this gateway speaks with a host: the newest and the one before it.
CONTRACTS = tuple(sorted(CONTRACT_VERSIONS)[-2:])

CATEGORIES: dict[Category, "device_pb2.DeviceCategory.ValueType"] = {
    "Biometrics": device_pb2.DEVICE_CATEGORY_BIOMETRICS,
    "CashDrawer": device_pb2.DEVICE_CATEGORY_CASH_DRAWER,
    "LineDisplay": device_pb2.DEVICE_CATEGORY_LINE_DISPLAY,
    "MSR": device_pb2.DEVICE_CATEGORY_MSR,
    "POSPrinter": device_pb2.DEVICE_CATEGORY_POS_PRINTER,
    "RFIDScanner": device_pb2.DEVICE_CATEGORY_RFID_SCANNER,
    "Scale": device_pb2.DEVICE_CATEGORY_SCALE,
    "Scanner": device_pb2.DEVICE_CATEGORY_SCANNER,
    "SmartCardRW": device_pb2.DEVICE_CATEGORY_SMART_CARD_RW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Everything a host is told. With a `problem` (reason, detail) there is nothing to start."""

    device_id: str
    plugin_id: str
    driver: str
    location: str
    transport: driver_pb2.Transport
    category: "device_pb2.DeviceCategory.ValueType" = device_pb2.DEVICE_CATEGORY_UNSPECIFIED
    settings_json: str = "{}"
    problem: tuple[str, str] | None = None

    @property
    def is_printer(self) -> bool:
        return self.category == device_pb2.DEVICE_CATEGORY_POS_PRINTER


def bind(settings: DeviceSettings, plugins: Plugins) -> Binding:
    """Find the driver and check the device's settings against its manifest. What is wrong becomes the problem."""
    category: device_pb2.DeviceCategory.ValueType = device_pb2.DEVICE_CATEGORY_UNSPECIFIED
    driver_name, settings_json = settings.driver, "{}"
    problem: tuple[str, str] | None = None
    try:
        manifest = plugins.manifest(settings.plugin)
        driver = manifest.driver(settings.driver)
        driver_name, category = driver.name, CATEGORIES[driver.category]
        if manifest.contract_version(CONTRACTS) is None:
            problem = "HOST_INCOMPATIBLE", _contracts(manifest.contract_versions)
        wanted = "serial" if settings.transport.serial else "tcp"
        if wanted not in driver.transports:
            known = ", ".join(driver.transports)
            raise SettingsInvalid(f"driver {driver.name} works over {known}, not {wanted}", path="$.transport")
        settings_json = json.dumps(check_settings(driver.settings, settings.settings, "$.settings"))
    except PluginInvalid as error:
        problem = "PLUGIN_INVALID", str(error)
    except SettingsInvalid as error:
        problem = "SETTINGS_INVALID", str(error)
    return Binding(
        device_id=settings.id,
        plugin_id=settings.plugin,
        driver=driver_name,
        location=_location(settings.transport),
        transport=_transport(settings.transport),
        category=category,
        settings_json=settings_json,
        problem=problem,
    )


def _contracts(theirs: tuple[int, ...]) -> str:
    return f"the plugin speaks contract {', '.join(map(str, theirs))}; the gateway {', '.join(map(str, CONTRACTS))}"


def _location(transport: TransportSettings) -> str:
    if transport.serial:
        return transport.serial.port
    assert transport.tcp, "settings were checked"
    return f"{transport.tcp.host}:{transport.tcp.port}"


def _transport(transport: TransportSettings) -> driver_pb2.Transport:
    if transport.serial:
        serial = transport.serial
        return driver_pb2.Transport(
            serial=driver_pb2.SerialTransport(
                port=serial.port,
                baud_rate=serial.baud_rate,
                data_bits=serial.data_bits,
                parity=serial.parity,
                stop_bits=serial.stop_bits,
            )
        )
    assert transport.tcp, "settings were checked"
    return driver_pb2.Transport(tcp=driver_pb2.TcpTransport(host=transport.tcp.host, port=transport.tcp.port))
