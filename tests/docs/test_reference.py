"""The reference is complete: what the code has, a page describes."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from tillgate.central.cli import main as central
from tillgate.core.errors import ALL_ERRORS, TillgateError
from tillgate.gateway.cli._main import group
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import parse_settings
from tillgate.pos.v1 import checkout_service_pb2, device_service_pb2, info_service_pb2

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
CONTRACTS = "\n".join(path.read_text() for path in sorted(ROOT.glob("protos/**/*.proto")))


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


TOLD = [error for error in ALL_ERRORS if error.reason not in ("REFUSED", "FAULT")]


@pytest.mark.parametrize("error", TOLD, ids=lambda error: str(error.reason))
def test_every_reason_is_described_with_what_the_cashier_reads(error: type[TillgateError]) -> None:
    section = page("errors").partition(f"### `{error.reason}`\n")[2].partition("\n### ")[0]
    assert error.ru in section
    assert error.en in section
    assert error.code.name in section


def test_every_metric_is_described() -> None:
    for family in Metrics().registry.collect():
        assert f"`{family.name}`" in page("metrics"), family.name


def keys(kind: type, before: str = "") -> Iterator[str]:
    for field in msgspec.inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        inner = field.type
        while isinstance(inner, msgspec.inspect.VarTupleType | msgspec.inspect.UnionType):
            before_inner = isinstance(inner, msgspec.inspect.VarTupleType)
            inner = inner.item_type if before_inner else inner.types[0]
        name = f"{before}{field.name}"
        if isinstance(inner, msgspec.inspect.StructType):
            listed = "[]" if isinstance(field.type, msgspec.inspect.VarTupleType) else ""
            yield from keys(inner.cls, f"{name}{listed}.")
        elif field.name != "base":
            yield name


def test_every_setting_is_described() -> None:
    from tillgate.gateway.settings import Settings

    text = page("settings")
    for key in keys(Settings):
        whole, _, last = key.rpartition(".")
        assert f"`{key}`" in text or (f"`{whole}`" in text and f"`{last}`" in text), key


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from commands(found, f"{name} {child}")
    else:
        yield name, command


@pytest.mark.parametrize(
    ("name", "command"), [*commands(group, "tillgate"), *commands(central, "tillgate-central")], ids=str
)
def test_every_command_is_described_with_every_option(name: str, command: click.Command) -> None:
    section = re.search(rf"### `{name}[` ](.*?)(?=\n##|\Z)", page("commands"), re.DOTALL)
    assert section, name
    options = [option for each in command.params if isinstance(each, click.Option) for option in each.opts]
    assert [option for option in options if f"- `{option}" not in section[1]] == []


@pytest.mark.parametrize("module", [checkout_service_pb2, device_service_pb2, info_service_pb2])
def test_every_reason_that_a_contract_names_exists(module: object) -> None:
    services = module.DESCRIPTOR.services_by_name.values()  # type: ignore[attr-defined]
    known = {error.reason for error in ALL_ERRORS}
    for service in services:
        for method in service.methods:
            comment = re.search(rf"((?:  //[^\n]*\n)+)  rpc {method.name}\(", CONTRACTS)
            assert comment, f"{method.full_name} has no comment"
            for reason in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", comment[1]):
                assert reason in known, f"{method.full_name} names {reason}"


def test_toml_snippets_are_settings_that_the_gateway_reads() -> None:
    text = (DOCS / "technician-quickstart.md").read_text(encoding="utf-8")
    snippets = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert snippets
    for snippet in snippets:
        parse_settings(b'gateway_id = "g"\n' + snippet.encode(), base=Path("/"))


@pytest.mark.parametrize("file", sorted(ROOT.glob("*.md")) + sorted(DOCS.rglob("*.md")), ids=lambda p: p.name)
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
        assert (file.parent / target).exists(), target
