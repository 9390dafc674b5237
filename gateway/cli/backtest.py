"""`tillgate backtest`: past receipts under a new programme, against an old one."""

import contextlib
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from tillgate.accel import Compiled, compile_programme
from tillgate.accel import backtest as engine
from tillgate.core import parse_programme
from tillgate.core.errors import ReceiptsInvalid, TillgateError
from tillgate.core.text import Text

from ._backtest_sample import write_sample
from ._backtest_tables import print_report
from ._language import Language, language_option
from ._refusals import named

__all__ = ["command"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CENTRAL = "central"


@click.command("backtest")
@click.option("--programme", type=_FILE, help="The new programme.")
@click.option("--against", type=_FILE, help="The programme to compare with.")
@click.option(
    "--receipts", metavar="FILE|central|-", help="JSON lines (also .gz, .zst), Parquet, or what the centre has."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a report with charts to this file."
)
@click.option(
    "--top", type=click.IntRange(0, 1000), default=10, show_default=True, help="How many largest movers each way."
)
@click.option("--workers", type=click.IntRange(0, 256), default=0, help="Threads. Default: one for each core.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="With central: its home folder.")
@click.option("--store", "stores", multiple=True, help="With central: receipts of this store only. May be repeated.")
@click.option("--since", metavar="DATE", help="With central: from this day on, 2026-11-21.")
@click.option("--until", metavar="DATE", help="With central: up to this day, included.")
@click.option(
    "--sample", type=click.Path(path_type=Path, file_okay=False), help="Write two programmes and receipts to try."
)
@language_option
def command(
    programme: Path | None,
    against: Path | None,
    receipts: str | None,
    as_json: bool,
    html: Path | None,
    top: int,
    workers: int,
    home: Path | None,
    stores: tuple[str, ...],
    since: str | None,
    until: str | None,
    sample: Path | None,
    language: Language,
) -> None:
    """Price past receipts under a new programme and an old one, and say what would have been different.

    It shows the mechanical effect only: how guests would change their behaviour it does not know.
    """
    if sample is not None:
        with _writing(sample):
            click.echo(write_sample(sample))
        return
    if programme is None or against is None or receipts is None:
        raise click.UsageError("give --programme, --against and --receipts; --sample FOLDER writes some to try")
    filters = _filters(home, stores, since, until)
    if filters and receipts != CENTRAL:
        raise click.UsageError("--home, --store, --since and --until go with --receipts central")
    if html is not None and not html.parent.is_dir():
        raise click.UsageError(f"--html: there is no folder {html.parent}")
    new, old = (_compiled(path, language, as_json=as_json) for path in (programme, against))
    programmes = ["--programme", str(programme), "--programme", str(against)]
    with _told(as_json, language), _source(receipts, [*filters, *programmes]) as source, _progress(source) as tell:
        report = engine.run(new, old, source, workers=workers, top=top, on_progress=tell)
    if html is not None:
        with _writing(html):
            html.write_text(engine.report_html(report, language), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(engine.report_document(report), ensure_ascii=False, indent=2))
    else:
        print_report(Console(markup=False), report, language)
        if html is not None:
            click.echo(f"{html}")


def _filters(home: Path | None, stores: Sequence[str], since: str | None, until: str | None) -> list[str]:
    named = [("--home", home), *(("--store", store) for store in stores), ("--since", since), ("--until", until)]
    return [str(part) for option, value in named if value is not None for part in (option, value)]


def _compiled(path: Path, language: Language, *, as_json: bool) -> Compiled:
    with named(path, language, as_json=as_json):
        return compile_programme(parse_programme(path.read_bytes()))


@contextlib.contextmanager
def _told(as_json: bool, language: Language) -> Iterator[None]:
    """What is wrong with the receipts, in Russian where that was asked for."""
    try:
        yield
    except TillgateError as error:
        if as_json or language != "ru" or error.text is None:
            raise
        raise click.ClickException(f"{error.text.ru} ({error.reason})") from error


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def _source(receipts: str, export: list[str]) -> Iterator[engine.Source]:
    if receipts == CENTRAL:
        with _exported(export) as source:
            yield source
    elif receipts == "-":
        stream = cast("io.BufferedReader", sys.stdin.buffer)
        yield engine.Lines(stream, "standard input", descriptor=stream.fileno())
    else:
        with engine.open_receipts(Path(receipts)) as source:
            yield source


def _exported(options: list[str]) -> contextlib.AbstractContextManager[engine.Source]:
    program = Path(sys.executable).with_name("tillgate-central")
    if not program.exists():
        detail = Text(
            "для `--receipts central` здесь нужен центр: установите tillgate[central]",
            "`--receipts central` needs the central service here: install tillgate[central]",
        )
        raise ReceiptsInvalid(detail)
    return engine.exported_receipts([str(program), "receipts", *options])


@contextlib.contextmanager
def _progress(source: engine.Source) -> Iterator[Callable[[engine.Progress], None] | None]:
    """A bar on standard error where a person looks at it, else nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
        TextColumn("{task.fields[receipts]:,}"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(source.label, total=source.total, receipts=0)
        yield lambda now: bar.update(task, completed=now.done, total=now.total, receipts=now.receipts)
