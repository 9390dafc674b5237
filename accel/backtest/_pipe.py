"""The central's receipts through a pipe."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, cast

from tillgate.core.errors import ReceiptsInvalid
from tillgate.core.text import Text

from ._source import Lines, Source, Stream

__all__ = ["exported_receipts"]

LABEL = "central"
#: Some hundred receipts: whoever writes them asks a database for each, and a person watches a bar.
CHUNK_BYTES = 256 << 10
NOTE = Text(
    "Чеки взяты из центра. На время чека: покупки гостя, его оборот, применения правил, дни и уровень; сегодняшние: "
    "сегменты, свойства, вид карты и баллы, но баллов не меньше, чем списано в чеке.",
    "The receipts come from the central service. As of the time of the receipt: a guest's purchases, turnover, uses of "
    "rules, dates and tier; as of today: segments, attributes, the kind of card, and points, but no fewer than the "
    "receipt spent.",
)


@contextlib.contextmanager
def exported_receipts(command: Sequence[str]) -> Iterator[Source]:
    """What `tillgate-central receipts …` writes; it ends with this block, whatever happens. Raises ReceiptsInvalid.

    The command names both programmes, so that the receipts say what these ask of the past.
    """
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as exporter,
    ):
        assert exporter.stdout is not None
        stream, descriptor = cast("Stream", exporter.stdout), exporter.stdout.fileno()
        try:
            yield Lines(stream, LABEL, descriptor=descriptor, notes=(NOTE,), counted=True, chunk_bytes=CHUNK_BYTES)
            _check(exporter, said)
        except ReceiptsInvalid:
            _check(exporter, said)
            raise
        finally:
            exporter.terminate()


def _check(exporter: "subprocess.Popen[bytes]", said: IO[bytes]) -> None:
    """Raises what it said if it failed. Nobody reads on: what it still wants to write ends it."""
    assert exporter.stdout is not None
    exporter.stdout.close()
    if exporter.wait():
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
        last = lines[-1].removeprefix("Error: ") if lines else "it ended without a word"
        detail = Text(f"центр не отдал чеки: {last}", f"the central's receipts cannot be had: {last}")
        raise ReceiptsInvalid(detail) from None
