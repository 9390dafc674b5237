"""How commands reach the running daemon: over its unix socket, with its errors turned back into ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tillgate.gateway.settings import load_settings

__all__ = ["config_option", "daemon"]

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default="tillgate.toml",
    show_default=True,
    help="The settings file of the gateway.",
)


@contextmanager
def daemon(config: Path) -> Iterator[grpc.Channel]:
    """A channel to the daemon of this settings file. Raises ClickException that says what to do."""
    socket = load_settings(config).admin_socket
    with grpc.insecure_channel(f"unix:{socket}") as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            raise click.ClickException(_told(error, socket)) from error


def _told(error: Any, socket: Path) -> str:  # A grpc.RpcError of a call is a grpc.Call too; its types do not say so.
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(error.details())
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return f"no gateway answers at {socket}; `tillgate run` starts one"
    return f"{error.code().name}: {error.details()}"
