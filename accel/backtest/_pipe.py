"""The central's receipts through a pipe."""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from typing import cast

from tillgate.core.errors import ReceiptsInvalid
from tillgate.core.text import Text

from ._source import Lines, Source, Stream

__all__ = ["exported_receipts"]

LABEL = "central"
NOTE = Text(
    "Чеки взяты из центра. Покупки, оборот, дни и уровень гостя: на время чека; сегменты, свойства, вид карты: "
    "сегодняшние; баллы: сегодняшние, но не меньше списанных в чеке. Сколько раз гость пользовался правилом, "
    "не учтено.",
    "The receipts come from the central service. A guest's purchases, turnover, dates and tier are those of the time "
    "of the receipt; segments, attributes and the kind of card are today's; points are today's, but no fewer than the "
    "receipt spent. How often a guest used a rule is not counted.",
)


@contextlib.contextmanager
def exported_receipts(command: Sequence[str]) -> Iterator[Source]:
    """What `tillgate-central receipts …` writes; it ends with this block, whatever happens. Raises ReceiptsInvalid."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as exporter:
        try:
            assert exporter.stdout is not None
            descriptor = exporter.stdout.fileno()
            yield Lines(cast("Stream", exporter.stdout), LABEL, descriptor=descriptor, notes=(NOTE,))
            _check(exporter)
        except ReceiptsInvalid:
            _check(exporter)
            raise
        finally:
            exporter.terminate()


def _check(exporter: "subprocess.Popen[bytes]") -> None:
    """Raises what it said if it failed."""
    assert exporter.stderr is not None
    said = exporter.stderr.read().decode(errors="replace").strip()
    if exporter.wait():
        last = said.splitlines()[-1:] or ["it ended without a word"]
        raise ReceiptsInvalid(f"the central's receipts cannot be had: {last[0].removeprefix('Error: ')}") from None
