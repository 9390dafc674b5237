"""What can be wrong with a device, in both languages, with the next step for whoever stands before it."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import device_pb2, text_pb2

__all__ = ["PRINTER_PROBLEMS", "TEXTS", "problem", "timestamp"]

#: Reason: Russian, English.
TEXTS: dict[str, tuple[str, str]] = {
    "PLUGIN_INVALID": (
        "Модуль устройства не установлен или неисправен. `tillgate plugin list` покажет, что установлено.",
        "The device's plugin is not installed or is broken. `tillgate plugin list` shows what is.",
    ),
    "SETTINGS_INVALID": (
        "В настройках устройства ошибка. Исправьте файл настроек и перезапустите шлюз.",
        "The device's settings have an error. Mend the settings file and restart the gateway.",
    ),
    "HOST_INCOMPATIBLE": (
        "Модуль устройства написан для другой версии шлюза. Обновите модуль или шлюз.",
        "The device's plugin is made for another version of the gateway. Update one of the two.",
    ),
    "HOST_REFUSED": (
        "Драйвер не принимает настройки устройства. Исправьте файл настроек и перезапустите шлюз.",
        "The driver does not take the device's settings. Mend the settings file and restart the gateway.",
    ),
    "HOST_START_TIMEOUT": (
        "Драйвер не запустился вовремя. Шлюз пробует снова; если не поможет, посмотрите журнал.",
        "The driver did not start in time. The gateway tries again; if that does not help, read the log.",
    ),
    "HOST_ENDED": (
        "Драйвер завершился. Шлюз запускает его снова.",
        "The driver ended. The gateway starts it again.",
    ),
    "HOST_HUNG": (
        "Драйвер перестал отвечать. Шлюз запускает его снова.",
        "The driver stopped answering. The gateway starts it again.",
    ),
    "HOST_PROTOCOL": (
        "Драйвер прислал шлюзу непонятные данные. Шлюз запускает его снова; обновите модуль.",
        "The driver sent the gateway data that makes no sense. The gateway starts it again; update the plugin.",
    ),
    "HOST_QUARANTINED": (
        "Драйвер падает снова и снова. Шлюз попробует через 10 минут; проверьте кабель и питание устройства.",
        "The driver fails again and again. The gateway tries in 10 minutes; check the device's cable and power.",
    ),
    "HOST_GIVEN_UP": (
        "Драйвер упал и после паузы. Проверьте устройство и перезапустите шлюз.",
        "The driver failed after its pause too. Check the device and restart the gateway.",
    ),
    "LINK_LOST": (
        "Нет связи с устройством. Проверьте кабель и питание.",
        "No connection to the device. Check its cable and power.",
    ),
    "PAPER_NEAR_END": ("Бумага кончается. Приготовьте рулон.", "The paper is running out. Have a roll ready."),
    "PAPER_OUT": ("Нет бумаги. Вставьте рулон.", "No paper. Put in a roll."),
    "COVER_OPEN": ("Крышка принтера открыта. Закройте её.", "The printer's cover is open. Close it."),
    "CUTTER_ERROR": (
        "Нож принтера заклинило. Выключите принтер и освободите нож.",
        "The printer's cutter is jammed. Switch the printer off and free the cutter.",
    ),
    "PRINTER_OFFLINE": (
        "Принтер не готов. Нажмите кнопку на принтере.",
        "The printer is off line. Press the button on the printer.",
    ),
    "PRINTER_NO_ANSWER": (
        "Принтер не отвечает. Проверьте, включён ли он.",
        "The printer does not answer. Check that it is switched on.",
    ),
}

#: What a printer's status means for a person, the gravest first.
PRINTER_PROBLEMS: dict["device_pb2.PrinterStatus.ValueType", str] = {
    device_pb2.PRINTER_STATUS_NO_ANSWER: "PRINTER_NO_ANSWER",
    device_pb2.PRINTER_STATUS_COVER_OPEN: "COVER_OPEN",
    device_pb2.PRINTER_STATUS_PAPER_OUT: "PAPER_OUT",
    device_pb2.PRINTER_STATUS_CUTTER_ERROR: "CUTTER_ERROR",
    device_pb2.PRINTER_STATUS_OFFLINE: "PRINTER_OFFLINE",
    device_pb2.PRINTER_STATUS_PAPER_NEAR_END: "PAPER_NEAR_END",
}


def problem(reason: str, detail: str, since: datetime) -> api.Problem:
    """A problem as the API shows it. The detail is English, for the technician."""
    ru, en = TEXTS[reason]
    text = text_pb2.LocalizedText(ru=ru, en=en)
    return api.Problem(reason=reason, text=text, detail=detail, since_time=timestamp(since))


def timestamp(moment: datetime) -> Timestamp:
    """A time as protobuf has it."""
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
