"""Structured logs: JSON for machines, colour for a terminal, and nothing secret in either.

Every line carries ``work_id`` or ``request_id`` where there is one (context variables). Values that look
like keys or tokens are masked wherever they stand, because libraries put URLs and headers into their
messages; tracebacks never show local variables.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any, Literal

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from aura.settings.model import LogSettings

# JSON Web Tokens, Supabase's opaque keys, passwords inside URLs, and signed-URL tokens.
_SECRETS = re.compile(
    r"(?P<jwt>eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*)|(?P<key>sb_(?:secret|publishable)_[\w-]+)"
    r"|(?P<url>(?<=://)[^/\s:@]+:[^/\s@]+(?=@))|(?P<query>(?<=[?&])(?:apikey|token|access_token)=[^&\s\"']+)"
)
# Chatty libraries whose INFO lines are one per request.
_QUIET = ("httpx", "httpcore", "websockets", "realtime", "aiohttp.access", "google_genai", "asyncio")


def mask(text: str) -> str:
    """The text with everything that looks like a key, token or password replaced by ``***``."""
    return _SECRETS.sub("***", text)


def configure_logging(settings: LogSettings, *, environment: str = "production") -> None:
    """Set up structlog and the standard library's logging for this process (to stderr)."""
    shared = _shared_processors()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_level(settings)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    final = _final_processors(_format(settings, environment))
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=final, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_level(settings))
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _level(settings: LogSettings) -> int:
    return logging.getLevelNamesMapping()[settings.level.upper()]


def _format(settings: LogSettings, environment: str) -> Literal["json", "console"]:
    if settings.format != "auto":
        return settings.format
    return "console" if environment == "development" or sys.stderr.isatty() else "json"


def _shared_processors() -> list[structlog.types.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _final_processors(kind: Literal["json", "console"]) -> Sequence[structlog.types.Processor]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if kind == "json":
        tracebacks = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return (drop, tracebacks, mask_secrets, structlog.processors.JSONRenderer())
    plain = structlog.dev.plain_traceback
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    return (drop, mask_secrets, renderer)


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks secrets in every text of the event, however deep."""
    for key, value in event.items():
        event[key] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_masked(item) for item in value)
    return value
