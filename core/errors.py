"""Every error that leaves a part of Tillgate.

    TillgateError
    ├── Refusal      the caller's to mend: bad input, a state that does not allow it
    └── Fault        ours or the machine's: a full disk, a peer that is down

A `reason` is stable: clients branch on it, documentation has a heading for it. The class says which canonical gRPC
code goes with it and, in Russian and English, what a cashier should read. Where `path` is set it names the field in
the form `$.lines[3].unit_price`.
"""

from enum import Enum
from typing import ClassVar, Self

from .text import Text

__all__ = ["ALL_ERRORS", "Code", "Fault", "Refusal", "TillgateError"]


class Code(Enum):
    """Canonical codes of gRPC by name, so that the domain needs no gRPC."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class TillgateError(Exception):
    """Something that was not foreseen; the error number finds it in the log.

    The base of every error. `detail` is English, for logs and integrators; never personal data. Where a person can
    mend what is wrong, the detail is a Text: `told` then says it to them too.
    """

    reason: ClassVar[str] = "INTERNAL"
    code: ClassVar[Code] = Code.INTERNAL
    ru: ClassVar[str] = "Внутренняя ошибка. Повторите; если не помогло, сообщите технику номер ошибки."
    en: ClassVar[str] = "Internal error. Try again; if it stays, give the technician the error number."
    #: Waiting this long may help; 0 when waiting does not.
    retry_after_ms: ClassVar[int] = 0

    def __init__(self, detail: str | Text = "", *, path: str = "", **metadata: str) -> None:
        english = detail.en if isinstance(detail, Text) else detail or self.en
        super().__init__(english)
        self.detail = english
        #: What exactly is wrong, without capital and full stop; None where only the class can be told.
        self.text = detail if isinstance(detail, Text) else None
        self.path = path
        self.metadata = metadata

    @property
    def told(self) -> Text:
        """What a person reads."""
        if self.text is None:
            return Text(self.ru, self.en)
        return Text(_sentence(self.ru, self.text.ru), _sentence(self.en, self.text.en))

    def __str__(self) -> str:
        where = f" - at `{self.path}`" if self.path else ""
        return f"{self.reason}: {self.detail}{where}"


def _sentence(head: str, words: str) -> str:
    """What the class says and what exactly: one full stop, none behind a question mark."""
    return f"{head[:-1]}: {words}" + ("" if words.endswith("?") else ".")


class Refusal(TillgateError):
    """The request cannot be granted as it is."""

    reason = "REFUSED"
    code = Code.FAILED_PRECONDITION
    ru = "Запрос отклонён."
    en = "The request was refused."


class Fault(TillgateError):
    """Something on our side does not work."""

    reason = "FAULT"


class BadRequest(Refusal):
    """A field is missing, malformed or out of its limits."""

    reason = "BAD_REQUEST"
    code = Code.INVALID_ARGUMENT
    ru = "Касса прислала неверные данные."
    en = "The till sent invalid data."


class DocumentRefused(BadRequest):
    """A field of a document is wrong: `text` says what, `path` where, `more` what else is wrong with it."""

    text: Text
    more: "tuple[DocumentRefused, ...]" = ()

    def __init__(self, text: Text, *, path: str, **metadata: str) -> None:
        super().__init__(text, path=path, **metadata)

    def at(self, path: str) -> Self:
        """The same, seen from where the document stands in another one."""
        return type(self)(self.text, path=path, **self.metadata)


class ProgrammeInvalid(DocumentRefused):
    """A programme document cannot be compiled."""

    reason = "PROGRAMME_INVALID"
    ru = "В программе лояльности ошибка."
    en = "The loyalty programme has an error."


class BasketInvalid(DocumentRefused):
    """A basket cannot be priced as it stands."""

    reason = "BASKET_INVALID"
    ru = "В чеке неверные данные."
    en = "The receipt holds invalid data."


class ReceiptsInvalid(BadRequest):
    """Receipts to price again cannot be read at all."""

    reason = "RECEIPTS_INVALID"
    ru = "Чеки не читаются."
    en = "The receipts cannot be read."


class ReturnInvalid(DocumentRefused):
    """A return does not fit the purchase, or a document of it is wrong."""

    reason = "RETURN_INVALID"
    ru = "В возврате ошибка."
    en = "The return has an error."


class ReturnTooMuch(Refusal):
    """More would come back than is left of the purchase; `remaining` in the metadata says how much that is."""

    reason = "RETURN_TOO_MUCH"
    ru = "Столько вернуть нельзя."
    en = "So much cannot be returned."


class DocumentInvalid(BadRequest):
    """A receipt document cannot be printed as it stands."""

    reason = "DOCUMENT_INVALID"
    ru = "Документ для печати неверен."
    en = "The document to print is invalid."


class IdentifierInvalid(BadRequest):
    """Neither a phone nor a card nor anything known."""

    reason = "IDENTIFIER_INVALID"
    ru = "Номер не распознан. Проверьте и введите ещё раз."
    en = "The number was not recognised. Check it and enter it again."


class SettingsInvalid(BadRequest):
    """A settings file or a manifest is wrong."""

    reason = "SETTINGS_INVALID"
    ru = "В настройках ошибка."
    en = "The settings have an error."


class Unauthenticated(Refusal):
    """No token, or not one of ours."""

    reason = "UNAUTHENTICATED"
    code = Code.UNAUTHENTICATED
    ru = "Касса не подключена к шлюзу: нужен действующий ключ кассы."
    en = "The till is not connected to the gateway: a valid lane token is needed."


class PermissionDenied(Refusal):
    """The lane's role does not allow it."""

    reason = "PERMISSION_DENIED"
    code = Code.PERMISSION_DENIED
    ru = "Недостаточно прав. Позовите старшего кассира."
    en = "Not allowed for this role. Call a supervisor."


class DeadlineRequired(Refusal):
    """Methods that write want a deadline."""

    reason = "DEADLINE_REQUIRED"
    code = Code.INVALID_ARGUMENT
    ru = "Касса не указала срок ожидания ответа."
    en = "The till set no deadline for the call."


class TooManyTries(Refusal):
    """Identification was tried too often in a row without success."""

    reason = "TOO_MANY_TRIES"
    code = Code.RESOURCE_EXHAUSTED
    ru = "Слишком много попыток. Подождите минуту."
    en = "Too many tries. Wait a minute."
    retry_after_ms = 60_000


class RequestIdReused(Refusal):
    """The same id came with other content."""

    reason = "REQUEST_ID_REUSED"
    code = Code.INVALID_ARGUMENT
    ru = "Номер операции уже использован для другой операции."
    en = "This request id was already used for something else."


class PurchaseUnknown(Refusal):
    """No purchase has this id here."""

    reason = "PURCHASE_UNKNOWN"
    code = Code.NOT_FOUND
    ru = "Покупка не найдена."
    en = "The purchase was not found."


class PurchaseCancelled(Refusal):
    """The purchase_id was closed by Cancel before it was committed, and cannot be committed any more."""

    reason = "PURCHASE_CANCELLED"
    ru = "Покупка отменена."
    en = "The purchase was cancelled."


class PurchaseTooOld(Refusal):
    """Cancelling is for the same shift; later it is a refund."""

    reason = "PURCHASE_TOO_OLD"
    ru = "Отменить уже нельзя: оформите возврат."
    en = "Too late to cancel: make a refund."


class CustomerUnknown(Refusal):
    """The customer_id is not held here."""

    reason = "CUSTOMER_UNKNOWN"
    code = Code.NOT_FOUND
    ru = "Покупатель не найден. Считайте карту ещё раз."
    en = "The customer was not found. Read the card again."


class CustomerBlocked(Refusal):
    """The customer or the card may not spend points."""

    reason = "CUSTOMER_BLOCKED"
    ru = "Карта заблокирована."
    en = "The card is blocked."


class NoProgramme(Refusal):
    """No programme came from the central service yet."""

    reason = "NO_PROGRAMME"
    ru = "Программа лояльности ещё не загружена."
    en = "The loyalty programme has not been loaded yet."


class CurrencyMismatch(Refusal):
    """The basket is in another currency than the programme."""

    reason = "CURRENCY_MISMATCH"
    code = Code.INVALID_ARGUMENT
    ru = "Валюта чека не совпадает с валютой программы."
    en = "The receipt's currency is not the programme's."


class QuoteStale(Refusal):
    """What was quoted is no longer what it costs."""

    reason = "QUOTE_STALE"
    code = Code.ABORTED
    ru = "Цена изменилась. Пересчитайте чек."
    en = "The price has changed. Price the receipt again."


class TendersMismatch(Refusal):
    """Tenders do not add up to the total."""

    reason = "TENDERS_MISMATCH"
    code = Code.INVALID_ARGUMENT
    ru = "Сумма оплат не равна сумме чека."
    en = "The payments do not add up to the total."


class RedemptionOffline(Refusal):
    """Points cannot be spent without the central service."""

    reason = "REDEMPTION_OFFLINE"
    code = Code.UNAVAILABLE
    ru = "Нет связи с центром: списать баллы сейчас нельзя. Начислить можно."
    en = "No connection to the centre: points cannot be spent now. Earning goes on."
    retry_after_ms = 5_000


class PointsInsufficient(Refusal):
    """Fewer points available than asked for."""

    reason = "POINTS_INSUFFICIENT"
    ru = "Недостаточно баллов."
    en = "Not enough points."


class StorageFull(Fault):
    """The journal cannot be written. Nothing of the request took effect."""

    reason = "STORAGE_FULL"
    code = Code.RESOURCE_EXHAUSTED
    ru = "На диске шлюза нет места. Продажа не записана. Позовите техника."
    en = "The gateway's disk is full. The sale was not recorded. Call the technician."
    retry_after_ms = 5_000


class JournalLocked(Fault):
    """Another daemon works on the same journal."""

    reason = "JOURNAL_LOCKED"
    code = Code.UNAVAILABLE
    ru = "Шлюз с этим журналом уже запущен."
    en = "A gateway is already running on this journal."


class JournalDamaged(Fault):
    """The journal or replica file cannot be used as it is."""

    reason = "JOURNAL_DAMAGED"
    code = Code.INTERNAL
    ru = "Файл журнала повреждён или другой версии. Позовите техника."
    en = "The journal file is damaged or of another version. Call the technician."


class ShuttingDown(Fault):
    """The gateway is going down; try the next one or wait."""

    reason = "SHUTTING_DOWN"
    code = Code.UNAVAILABLE
    ru = "Шлюз перезапускается. Повторите через несколько секунд."
    en = "The gateway is restarting. Try again in a few seconds."
    retry_after_ms = 3_000


class CentralUnavailable(Fault):
    """The central service does not answer."""

    reason = "CENTRAL_UNAVAILABLE"
    code = Code.UNAVAILABLE
    ru = "Нет связи с центром."
    en = "No connection to the central service."
    retry_after_ms = 5_000


class DeviceUnknown(Refusal):
    """No device has this id."""

    reason = "DEVICE_UNKNOWN"
    code = Code.NOT_FOUND
    ru = "Устройство не найдено."
    en = "The device was not found."


class DeviceClaimed(Refusal):
    """Another lane has the device."""

    reason = "DEVICE_CLAIMED"
    code = Code.ABORTED
    ru = "Устройство занято другой кассой."
    en = "Another lane is using the device."


class ClaimLost(Refusal):
    """The claim ended or was never given."""

    reason = "CLAIM_LOST"
    ru = "Касса больше не владеет устройством. Захватите его снова."
    en = "The lane no longer holds the device. Claim it again."


class NotAPrinter(Refusal):
    """The device cannot print."""

    reason = "NOT_A_PRINTER"
    code = Code.INVALID_ARGUMENT
    ru = "Это устройство не печатает."
    en = "This device does not print."


class PrinterBusy(Refusal):
    """As many slips wait for this printer as may."""

    reason = "PRINTER_BUSY"
    code = Code.ABORTED
    ru = "Принтер занят: слишком много заданий ждут печати."
    en = "The printer is busy: too many jobs wait for it."
    retry_after_ms = 2_000


class PrintJobUnknown(Refusal):
    """No print job has this id."""

    reason = "PRINT_JOB_UNKNOWN"
    code = Code.NOT_FOUND
    ru = "Задание печати не найдено."
    en = "The print job was not found."


class LaneExists(Refusal):
    """A lane of this name has a token already."""

    reason = "LANE_EXISTS"
    code = Code.ALREADY_EXISTS
    ru = "Касса с таким именем уже есть."
    en = "A lane of this name exists already."


class LaneUnknown(Refusal):
    """No lane has this name."""

    reason = "LANE_UNKNOWN"
    code = Code.NOT_FOUND
    ru = "Кассы с таким именем нет."
    en = "There is no lane of this name."


class PluginInvalid(Refusal):
    """A plugin's manifest or contract is not one we can run."""

    reason = "PLUGIN_INVALID"
    ru = "Модуль устройства не подходит."
    en = "The device plugin cannot be used."


class FrameInvalid(BadRequest):
    """A frame between the gateway and a driver host is malformed."""

    reason = "FRAME_INVALID"
    ru = "Сбой обмена с модулем устройства."
    en = "The exchange with a device plugin failed."


class GatewayUnknown(Refusal):
    """The central service does not know this gateway or its token."""

    reason = "GATEWAY_UNKNOWN"
    code = Code.UNAUTHENTICATED
    ru = "Центр не знает этот шлюз."
    en = "The central service does not know this gateway."


class EpochUnknown(Refusal):
    """The gateway speaks of an epoch that the central did not give."""

    reason = "EPOCH_UNKNOWN"
    ru = "Центр помнит другой журнал этого шлюза. Откройте новую эпоху на странице шлюза."
    en = "The centre remembers another journal of this gateway. Open a new epoch on the gateway's page."


class HoldClosed(Refusal):
    """The hold was used or released before."""

    reason = "HOLD_CLOSED"
    ru = "Резерв баллов уже закрыт."
    en = "The hold on points is closed already."


def _leaves(base: type[TillgateError]) -> list[type[TillgateError]]:
    found = []
    for child in base.__subclasses__():
        if "reason" in vars(child):
            found.append(child)
        found += _leaves(child)
    return found


#: Every error with a reason, sorted by it.
ALL_ERRORS: tuple[type[TillgateError], ...] = tuple(
    sorted((TillgateError, *_leaves(TillgateError)), key=lambda e: e.reason)
)
