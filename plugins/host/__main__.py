"""Start of a driver host. The gateway starts it; there is nothing here for a person to call."""

import argparse
import os
import signal
import socket
import sys

from tillgate.core.errors import TillgateError
from tillgate.plugins.sdk import find_plugin

from ._clock import SystemClock
from ._confine import confine, end_with_parent
from ._host import EXIT_REFUSED, Host

#: Where the gateway's socket is unless the gateway says that it could not be put there.
GATEWAY_DESCRIPTOR = 3
NONCE_VARIABLE = "TILLGATE_HOST_NONCE"


def main() -> int:
    """Serve one device over an inherited socket."""
    parser = argparse.ArgumentParser(prog="tillgate.plugins.host", description=__doc__)
    parser.add_argument("--plugin", required=True, metavar="ID")
    parser.add_argument("--fd", type=int, default=GATEWAY_DESCRIPTOR, metavar="N")
    arguments = parser.parse_args()
    plugin_id = arguments.plugin
    # Ctrl-C in a terminal reaches every process of the gateway; the gateway decides when the hosts stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    try:
        connection = socket.socket(fileno=arguments.fd)
        connection.getpeername()
    except OSError:
        sys.stderr.write(f"a driver host is started by the gateway, with a socket on descriptor {arguments.fd}\n")
        return EXIT_REFUSED
    try:
        plugin = find_plugin(plugin_id)
    except TillgateError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED
    confine(plugin.manifest.limits)
    # Taken out of the environment: the driver's code has no use for it.
    return Host(plugin, os.environ.pop(NONCE_VARIABLE, ""), connection, SystemClock()).run()


if __name__ == "__main__":
    sys.exit(main())
