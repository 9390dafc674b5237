"""A twin in a process of its own, driven by lines of JSON.

    python -m tillgate.plugins.sdk.twin_runner --plugin serial_scanner --location /tmp/scanner
    > {"location": "/tmp/scanner", "commands": ["type", "fault", "clear"], "faults": ["unplug", …]}
    < {"call": "type", "arguments": {"text": "4006381333931"}}
    > {"result": true}
    < {"call": "fault", "arguments": {"name": "smoke"}}
    > {"error": "a scanner has no fault 'smoke'"}

It ends with its standard input.
"""

import json
import sys
from typing import Any, TextIO

import click

from tillgate.core.errors import TillgateError

from ._finding import find_plugin
from .twins import Twin, make_twin

__all__ = ["answer", "serve"]


def answer(twin: Twin, line: str) -> dict[str, Any]:
    """Do what one line asks; what comes back."""
    try:
        request = json.loads(line)
        name, arguments = request["call"], request.get("arguments", {})
        if name not in twin.commands:
            raise ValueError(f"no command {name!r}; there are {', '.join(twin.commands)}")
        member = getattr(twin, name)
        return {"result": member(**arguments) if callable(member) else member}
    except (ValueError, KeyError, TypeError, AttributeError, TimeoutError) as error:
        return {"error": str(error)}


def serve(twin: Twin, faults: tuple[str, ...], requests: TextIO, answers: TextIO) -> None:
    """Start the twin, answer line by line until there are no more, stop it."""
    twin.start()
    try:
        _say(answers, {"location": twin.location, "commands": twin.commands, "faults": faults})
        for line in requests:
            _say(answers, answer(twin, line))
    finally:
        twin.stop()


def _say(answers: TextIO, document: dict[str, Any]) -> None:
    answers.write(json.dumps(document, ensure_ascii=False) + "\n")
    answers.flush()


@click.command(help=__doc__)
@click.option("--plugin", "plugin_id", required=True, help="The plugin's id.")
@click.option("--driver", default="", help="A driver of it; not needed when there is one.")
@click.option("--location", default="", help="A path for a serial port, host:port for TCP. Empty: a free one.")
@click.option("--settings", default="{}", help="The twin's own settings, JSON.")
def main(plugin_id: str, driver: str, location: str, settings: str) -> None:
    try:
        plugin = find_plugin(plugin_id)
        twin = make_twin(plugin, driver, location, json.loads(settings))
    except (TillgateError, json.JSONDecodeError) as error:
        raise click.ClickException(str(error)) from error
    described = plugin.manifest.driver(driver).twin
    serve(twin, described.faults if described else (), sys.stdin, sys.stdout)


if __name__ == "__main__":
    main()
