"""The printer's twin and our bytes against python-escpos, which knows neither."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tillgate.core.receipt import Barcode, QrCode, ReceiptDocument, Symbology
from tillgate.plugins.escpos_printer import PrinterSettings, chosen_profile, load_profiles
from tillgate.plugins.escpos_printer._render import Page, render
from tillgate.plugins.escpos_printer.twin import PrinterTwin
from tillgate.plugins.serial_scanner._symbology import check_digit_is_right

CLIENT = """
import sys
from escpos.printer import Network
printer = Network("127.0.0.1", int(sys.argv[1]), profile="TM-T20II")
print(printer.is_online(), printer.paper_status())
if sys.argv[2] == "print":
    printer.set(align="center", bold=True, double_width=True, double_height=True)
    printer.text("Чек №1\\n")
    printer.set_with_default()
    printer.text("Молоко «Домик» 89,90\\n")
    printer.qr("https://example.com", native=True)
    printer.barcode("4006381333931", "EAN13", function_type="B")
    printer.barcode("{BLP-1", "CODE128", function_type="B")
    printer.cut()
printer.close()
"""
REFERENCE = """
import sys
from escpos.printer import Dummy
printer = Dummy(profile="TM-T20II")
printer.qr("https://example.com", native=True, size=8, ec=1, center=False)
printer.barcode("4006381333931", "EAN13", function_type="B", height=80, width=2, align_ct=False)
printer.barcode("{BLP-1", "CODE128", function_type="B", height=80, width=2, align_ct=False)
sys.stderr.write(printer.output.hex())
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """python-escpos warns of what it will change; in a process of its own that stays its affair."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def twin() -> Iterator[PrinterTwin]:
    printer = PrinterTwin(columns=48)
    printer.start()
    yield printer
    printer.stop()


def test_python_escpos_prints_on_the_twin(twin: PrinterTwin) -> None:
    done = python(CLIENT, twin.location.rpartition(":")[2], "print")
    assert done.stdout.startswith("True 2\n")
    (slip,) = twin.wait_slips(1, 60)
    assert [line.strip() for line in slip.splitlines() if line.strip()] == [
        "Чек №1",
        "Молоко «Домик» 89,90",
        "[QR https://example.com]",
        "[EAN13 4006381333931]",
        "[CODE128 LP-1]",
    ]
    assert slip.startswith(" " * 18 + "Чек №1\n")


@pytest.mark.parametrize(
    ("fault", "said"), [("paper_out", "False 0"), ("cover_open", "False 2"), ("paper_near_end", "True 1")]
)
def test_python_escpos_understands_the_twins_status(twin: PrinterTwin, fault: str, said: str) -> None:
    twin.fault(fault)
    assert python(CLIENT, twin.location.rpartition(":")[2], "ask").stdout.strip() == said


def test_codes_are_the_same_bytes_as_python_escpos_sends() -> None:
    theirs = bytes.fromhex(python(REFERENCE).stderr.splitlines()[-1])
    page = Page(profile=chosen_profile(PrinterSettings(), load_profiles()), encoding="cp866")
    codes = (
        QrCode("https://example.com"),
        Barcode(Symbology.EAN13, "4006381333931"),
        Barcode(Symbology.CODE128, "LP-1"),
    )
    ours = render(ReceiptDocument(codes), page)
    store_and_print = b"\x1d(k\x16\x001P0https://example.com\x1d(k\x03\x001Q0"
    for part in (store_and_print, b"\x1dk\x43\x0d4006381333931", b"\x1dk\x49\x06{BLP-1", b"\x1dh\x50", b"\x1dw\x02"):
        assert part in ours
        assert part in theirs


def test_check_digits_are_those_of_python_barcode() -> None:
    code = "import barcode\nfor n in range(0, 10**12, 7_919_000_003): print(barcode.EAN13(f'{n:012d}').get_fullcode())"
    full_codes = python(code).stdout.split()
    assert len(full_codes) > 100
    for full in full_codes:
        right = [d for d in "0123456789" if check_digit_is_right(full[:12] + d)]
        assert right == [full[12]]
