"""Why a subscription is no longer trusted, and what a person would have to mend, if anything.

Realtime says the same thing in many places: the status of the HTTP handshake, the reason in a join's error
reply, the text of a system message. Here each becomes one ``Doubt`` with a cause from a closed set (it labels
metrics). Texts and statuses are those of supabase/realtime v2.122.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Everything that makes changes doubtful, or that calls for the outstanding lists to be read."""

    SOCKET_LOST = "socket_lost"
    CONNECT_FAILED = "connect_failed"
    JOIN_TIMEOUT = "join_timeout"
    JOIN_REFUSED = "join_refused"
    SYSTEM_ERROR = "system_error"
    CHANNEL_CLOSED = "channel_closed"
    LISTENER_ENDED = "listener_ended"
    RESUBSCRIBED = "resubscribed"
    PAYLOAD_ERRORS = "payload_errors"
    CANARY_LATE = "canary_late"
    CANARY_SKIPPED = "canary_skipped"
    CANARY_DEAD = "canary_dead"
    CANARY_UNWRITTEN = "canary_unwritten"
    INBOX_FULL = "inbox_full"
    QUEUE_FULL = "queue_full"
    MISSED_FOUND = "missed_found"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Doubt:
    """The end of a subscription. ``remedy``: what a person must do, where waiting alone cannot help."""

    cause: Cause
    detail: str
    rate_limited: bool = False
    remedy: str | None = None


_KEY = "Check AURA__SUPABASE__SERVICE_KEY (SUPABASE_SERVICE_ROLE_KEY or SUPABASE_SECRET_KEY)."
_STATUSES = {
    401: _KEY,
    403: "Realtime refuses this project: is it paused, or Realtime switched off in its settings? " + _KEY,
    404: "Check AURA__SUPABASE__URL (SUPABASE_URL): no such project there.",
}
_RATE_LIMITS = (
    "ChannelRateLimitReached",
    "ClientJoinRateLimitReached",
    "ConnectionRateLimitReached",
    "DatabaseConnectionRateLimitReached",
)
# What a reason or message contains → what a person must do about it.
_REMEDIES = (
    ("Unable to subscribe to changes", "A table is missing from publication supabase_realtime: ask `aura doctor`."),
    ("InvalidJWTToken", _KEY),
    ("MalformedJWT", _KEY),
    ("JwtSignatureError", _KEY),
    ("signature_error", _KEY),
    ("is not a valid JWT", _KEY),
    ("Token has expired", _KEY),
    ("claims must", _KEY),
)


def refused_handshake(status: int, text: str) -> Doubt:
    """The HTTP answer that stood in the place of a WebSocket."""
    detail = f"HTTP {status}: {text}" if text else f"HTTP {status}"
    return Doubt(Cause.CONNECT_FAILED, detail, rate_limited=status == 429, remedy=_STATUSES.get(status))


def said_by_server(cause: Cause, text: str) -> Doubt:
    """A join's error reply or a system message."""
    limited = any(limit in text for limit in _RATE_LIMITS)
    remedy = next((remedy for sign, remedy in _REMEDIES if sign in text), None)
    return Doubt(cause, text, rate_limited=limited, remedy=remedy)
