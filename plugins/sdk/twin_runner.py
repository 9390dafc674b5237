"""A twin driven by lines: words for people, JSON for programs. `tillgate device twin` runs it.

> {"location": "/tmp/scanner", "commands": ["type", "fault", "clear"], "faults": ["unplug", …]}
< type 4006381333931
> {"result": true}
< {"call": "fault", "arguments": {"name": "smoke"}}
> {"error": "a scanner has no fault 'smoke'"}
"""

import json
from typing import Any, TextIO

from .twins import Twin

__all__ = ["answer", "serve"]


def answer(twin: Twin, line: str) -> dict[str, Any]:
    """Do what one line asks; what comes back. The rest of a line of words is the command's one argument."""
    words: list[str] = []
    name = "a line"
    try:
        if line.lstrip().startswith("{"):
            request = json.loads(line)
            name, arguments = request["call"], request.get("arguments", {})
        else:
            name, _, rest = line.strip().partition(" ")
            words, arguments = [rest] if rest else [], {}
        if name not in twin.commands:
            raise ValueError(f"no command {name!r}; there are {', '.join(twin.commands)}")
        member = getattr(twin, name)
        return {"result": member(*words, **arguments) if callable(member) else member}
    except TypeError:
        return {"error": f"{name} takes other arguments; see the plugin's page"}
    except (ValueError, KeyError, AttributeError, TimeoutError) as error:
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
