"""The `tillgate-central` command."""

import os
import secrets
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tillgate.central.home import HOME_VARIABLE, create_home
from tillgate.core import parse_programme
from tillgate.core.errors import TillgateError

__all__ = ["main"]

SETTINGS_MODULE = "tillgate.central.settings"
DAY = click.DateTime(["%Y-%m-%d"])
DOCUMENT = click.Path(path_type=Path, dir_okay=False, exists=True)
PEM = click.Path(path_type=Path, dir_okay=False, exists=True)


class Commands(click.Group):
    """Commands whose errors are sentences, not tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TillgateError as error:
            raise click.ClickException(str(error)) from error


#: Lets --home stand behind a command as well as before it.
with_home = click.option("--home", "own_home", type=click.Path(path_type=Path), help="Home folder.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar=HOME_VARIABLE,
    show_envvar=True,
    default=Path("central"),
    show_default=True,
    help="Folder with central.toml, secret.key and, by default, the database.",
)
@click.version_option(package_name="tillgate", prog_name="tillgate-central")
@click.pass_context
def main(context: click.Context, home: Path) -> None:
    """The central service of a chain of stores: customers, points, programmes, gateways."""
    context.obj = home


@main.command()
@with_home
@click.option("--database", default="sqlite:///central.db", show_default=True, help="sqlite:///FILE or postgresql://…")
@click.option("--language", type=click.Choice(["ru", "en"]), default="ru", show_default=True)
@click.option("--organisation", default="Tillgate", show_default=True, help="The chain's name.")
@click.option("--admin", default="admin", show_default=True, help="Login of the first administrator.")
@click.option("--admin-password-stdin", is_flag=True, help="Read the administrator's password from standard input.")
@click.option("--demo", is_flag=True, help="Fill a small believable chain and print it as JSON.")
@click.option("--days", type=click.IntRange(0, 400), default=90, help="With --demo: receipts of so many days. [90]")
@click.pass_obj
def init(
    home: Path,
    own_home: Path | None,
    database: str,
    language: str,
    organisation: str,
    admin: str,
    admin_password_stdin: bool,
    demo: bool,
    days: int,
) -> None:
    """Make a home, its database and a first administrator. Safe to run again: what is there stays."""
    folder = own_home or home
    create_home(folder, database=database, language=language)
    _set_up(folder)
    _migrate(folder)
    if demo:
        from django.core.management import call_command

        call_command("seed_demo", json=True, days=days, stdout=sys.stdout)
        return
    password = sys.stdin.readline().rstrip("\n") if admin_password_stdin else ""
    _first_rows(organisation, admin, password)
    click.echo(f"The home {folder} is ready. Next: tillgate-central --home {folder} web")


@main.command()
@with_home
@click.option("--listen", default="127.0.0.1:8000", show_default=True, help="host:port; port 0 takes a free one.")
@click.pass_obj
def web(home: Path, own_home: Path | None, listen: str) -> None:
    """Serve the web admin until SIGTERM. Prints its address as one JSON line when ready."""
    _set_up(own_home or home)
    from tillgate.central.web import serve

    serve(listen)


@main.command()
@with_home
@click.option("--listen", default="127.0.0.1:7430", show_default=True, help="host:port; port 0 takes a free one.")
@click.option("--tls-certificate", type=PEM, help="The certificate's file; needed beyond loopback, with --tls-key.")
@click.option("--tls-key", type=PEM, help="The file of the certificate's key.")
@click.pass_obj
def grpc(home: Path, own_home: Path | None, listen: str, tls_certificate: Path | None, tls_key: Path | None) -> None:
    """Serve gateways over gRPC until SIGTERM. Prints its address as one JSON line when ready."""
    _set_up(own_home or home)
    from tillgate.central.sync.server import ServerSettings, serve

    sys.exit(serve(ServerSettings(listen=listen, certificate=tls_certificate, key=tls_key)))


@main.command()
@with_home
@click.option("--store", "stores", multiple=True, help="Of this store only. May be repeated.")
@click.option("--since", type=DAY, metavar="DATE", help="From this day of the store on, 2026-11-21.")
@click.option("--until", type=DAY, metavar="DATE", help="Up to this day, included.")
@click.option(
    "--programme", "programmes", multiple=True, type=DOCUMENT,
    help="With what this one asks of the past: uses of rules, turnover in windows. May be repeated.",
)  # fmt: skip
@click.pass_obj
def receipts(
    home: Path,
    own_home: Path | None,
    stores: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    programmes: tuple[Path, ...],
) -> None:
    """Write past receipts as JSON lines, one `{"id", "basket"}` each, for `tillgate backtest`."""
    _set_up(own_home or home)
    from django.db import connection

    from tillgate.central.purchases import Wanted, asked_by, export_receipts
    from tillgate.central.sql import open_sql

    asked = asked_by([parse_programme(path.read_bytes()) for path in programmes])
    wanted = Wanted(stores, since.date() if since else None, until.date() if until else None, asked)
    try:
        for line in export_receipts(open_sql(connection), wanted):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read them has seen enough; what is left in the buffer would only complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def manage(home: Path, arguments: tuple[str, ...]) -> None:
    """Run one of Django's management commands, for example `manage migrate` or `manage createsuperuser`."""
    _set_up(home)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tillgate-central manage", *arguments])


def _set_up(folder: Path) -> None:
    """Load Django on a home. Django's modules can only be imported afterwards."""
    os.environ[HOME_VARIABLE] = str(folder.absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
    # The database and its journals hold personal data.
    os.umask(0o077)
    import django

    django.setup()


def _migrate(folder: Path) -> None:
    """Bring the database's tables up to date."""
    from django.core.management import call_command
    from django.db import OperationalError

    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise click.ClickException(f"the database of {folder / 'central.toml'} does not answer: {reason}") from error


def _first_rows(organisation: str, admin: str, password: str) -> None:
    """An organisation and an administrator, where there is none. A password that nobody gave is made and shown."""
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from tillgate.central.stores.models import Organisation

    if not Organisation.objects.exists():
        Organisation.objects.create(name=organisation)
    if User.objects.filter(is_superuser=True).exists():
        return
    if password:
        try:
            validate_password(password, User(username=admin))
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error
    shown = password or secrets.token_urlsafe(12)
    User.objects.create_superuser(admin, password=shown)
    if not password:
        click.echo(f"Administrator {admin}, password {shown} (shown once).")


if __name__ == "__main__":
    main()
