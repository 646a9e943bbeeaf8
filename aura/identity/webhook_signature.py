"""Who may tell us of changes: a webhook proves that its sender knows the secret, in one of two ways.

*Secret*: the header ``x-webhook-secret: <secret>`` or ``Authorization: Bearer <secret>``. It is all that Supabase's
Database Webhooks can do by themselves (they send fixed headers and sign nothing), so it is as safe as TLS is.

*Signature*: the headers of the Standard Webhooks specification 1.0.0 (which Supabase's Auth hooks follow too):
``webhook-id``, ``webhook-timestamp`` (seconds since the epoch) and ``webhook-signature``, one or more
``v1,<base64 of HMAC-SHA256(key, "<id>.<timestamp>.<body>")>`` between spaces, of which one must match. The body
cannot be changed, and what was recorded is of no use after the tolerance. A request that carries any of these
headers is judged by them alone: a broken signature is never mended by a secret beside it.

Pure: time is passed in. Everything secret is compared in constant time. The reasons for a refusal are for the sender's
operator and tell nothing about the secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aura.errors import AuraError, ConfigurationError

SECRET_HEADER = "x-webhook-secret"  # noqa: S105 - a header's name
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
SIGNED = (ID, TIMESTAMP, SIGNATURE)
# A secret that is guessed opens the door as well as one that is known.
MIN_SECRET_CHARACTERS = 16
# While a key is rotated a sender signs with both; nobody needs more than a few.
MAX_SIGNATURES = 10
MAX_HEADER_CHARACTERS = 2048
# No dots: they separate the parts of what is signed, which must be read in one way only.
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_PREFIXES = ("v1,whsec_", "whsec_")


class WebhookRefused(AuraError):
    """The sender did not prove that it knows the secret; the message says what is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Proof:
    """An accepted webhook. ``message_id`` is None where only the secret was shown; ``replayable_until`` is the time
    (seconds since the epoch) until which a copy of it would be accepted again."""

    message_id: str | None = None
    replayable_until: float = float("inf")


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A shared secret as configured: any text, or in the form of Standard Webhooks, ``whsec_<base64 of the key>``."""

    text: bytes = field(repr=False)
    key: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> WebhookSecret:
        """The secret in a setting.

        Raises:
            ConfigurationError: it is too short, or it begins like a key and is none.
        """
        text = text.strip()
        if len(text) < MIN_SECRET_CHARACTERS:
            raise _unusable(f"it must have at least {MIN_SECRET_CHARACTERS} characters")
        encoded = next((text.removeprefix(prefix) for prefix in _PREFIXES if text.startswith(prefix)), None)
        return cls(text.encode(), text.encode() if encoded is None else _decoded_key(encoded))


def verify_webhook(
    headers: Mapping[str, Sequence[str]], body: bytes, secret: WebhookSecret, *, now: float, tolerance: float
) -> Proof:
    """Accept a webhook, or refuse it.

    Args:
        headers: every value of each header, by the header's name in lower case.
        body: the body, byte for byte.
        now: seconds since the epoch.
        tolerance: seconds by which a signed message's timestamp may differ from ``now``, either way.

    Raises:
        WebhookRefused: the secret or signature is missing or wrong, or the message is too old or too new.
    """
    if any(name in headers for name in SIGNED):
        return _verify_signature(headers, body, secret.key, now, tolerance)
    _verify_secret(headers, secret.text)
    return Proof()


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature`` for a message."""
    return f"v1,{base64.b64encode(_digest(key, message_id, str(timestamp), body)).decode()}"


def _verify_secret(headers: Mapping[str, Sequence[str]], secret: bytes) -> None:
    shown = _single(headers, SECRET_HEADER)
    if shown is None:
        scheme, _, shown = (_single(headers, "authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            raise WebhookRefused(f"Send {SECRET_HEADER}, Authorization: Bearer, or a signature ({', '.join(SIGNED)}).")
    if not _equal(shown.strip().encode(errors="surrogateescape"), secret):
        raise WebhookRefused("The webhook's secret is not the one that is set here.")


def _verify_signature(
    headers: Mapping[str, Sequence[str]], body: bytes, key: bytes, now: float, tolerance: float
) -> Proof:
    message_id, timestamp, signatures = (_single(headers, name) for name in SIGNED)
    if message_id is None or timestamp is None or signatures is None:
        raise WebhookRefused(f"A signed webhook needs all of {', '.join(SIGNED)}.")
    if not _ID.fullmatch(message_id):
        raise WebhookRefused(f"{ID} must be 1 to 128 letters, digits, - or _.")
    sent_at = _sent_at(timestamp, now, tolerance)
    digest = base64.b64encode(_digest(key, message_id, timestamp, body))
    if not any(_equal(candidate, digest) for candidate in _candidates(signatures)):
        raise WebhookRefused(f"{SIGNATURE} does not match the body.")
    return Proof(message_id, sent_at + tolerance)


def _sent_at(timestamp: str, now: float, tolerance: float) -> int:
    if not _TIMESTAMP.fullmatch(timestamp):
        raise WebhookRefused(f"{TIMESTAMP} must be whole seconds since the epoch.")
    sent_at = int(timestamp)
    if not abs(now - sent_at) <= tolerance:
        age = "old" if sent_at < now else "far in the future"
        raise WebhookRefused(f"{TIMESTAMP} is too {age}: it may differ by {tolerance:g} s.")
    return sent_at


def _candidates(signatures: str) -> list[bytes]:
    """The digests of version 1, as base64 text; other versions are for others to understand."""
    parts = signatures.split(" ")
    if len(parts) > MAX_SIGNATURES:
        raise WebhookRefused(f"{SIGNATURE} holds more than {MAX_SIGNATURES} signatures.")
    versions = [part.partition(",") for part in parts]
    return [text.encode(errors="surrogateescape") for version, _, text in versions if version == "v1"]


def _digest(key: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)


def _equal(shown: bytes, right: bytes) -> bool:
    """In a time that tells neither where they differ nor how long the right one is."""
    return hmac.compare_digest(hashlib.sha256(shown).digest(), hashlib.sha256(right).digest())


def _single(headers: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = headers.get(name, ())
    if len(values) > 1:
        raise WebhookRefused(f"{name} is there more than once.")
    if values and len(values[0]) > MAX_HEADER_CHARACTERS:
        raise WebhookRefused(f"{name} is too long.")
    return values[0] if values else None


def _decoded_key(encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise _unusable("what follows whsec_ is not base64") from None
    if len(key) < MIN_SECRET_CHARACTERS:
        raise _unusable(f"its key must have at least {MIN_SECRET_CHARACTERS} bytes")
    return key


def _unusable(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"AURA__WEBHOOK__SECRET cannot be used: {why}. `openssl rand -base64 32` makes a good one."
    )
