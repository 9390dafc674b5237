"""Structured logs: JSON lines on stderr, with long numbers masked."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

__all__ = ["configure", "mask_numbers"]

# Phones, card numbers and tracks have eight digits or more, possibly spaced; times and ids of ours do not look so.
LONG_NUMBER = re.compile(r"(?<![0-9A-Fa-f-])\+?\d(?:[ \-()]{0,2}\d){7,}(?![0-9A-Fa-f-])")
KEPT_KEYS = frozenset({"timestamp", "purchase_id", "job_id", "hold_id", "sha256", "error_id", "boot_id"})


def configure(level: str) -> None:
    """Send everything, ours and the libraries', through one masked pipeline. Called once, by the daemon."""
    shared: Iterable[structlog.typing.Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_numbers,
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def mask_numbers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave the last two digits of anything that could be a phone or a card number."""
    for key, value in event.items():
        if key not in KEPT_KEYS and not key.startswith("_"):
            event[key] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return LONG_NUMBER.sub(lambda found: "*" * (len(found[0]) - 2) + found[0][-2:], value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return value
