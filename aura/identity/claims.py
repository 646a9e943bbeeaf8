"""Judges the claims of a token: is this a person of this project, signed in now?

Pure: claims, a time and the project's rules go in. The rules follow what Supabase Auth writes (RFC 7519 leaves
more open): ``exp``, ``sub``, ``aud``, ``iss`` and ``role`` are always there, times are whole seconds, the
audience is one string. Whatever is different was not made for this API. People who signed in anonymously have
the role ``authenticated`` and are people like others, as they are for Supabase's own policies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aura.identity.refusal import InvalidToken

ROLE = "authenticated"
LATEST_SECONDS = 253_402_300_799  # the last second of the year 9999: beyond it a time is nonsense
NOBODY = "00000000-0000-0000-0000-000000000000"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Verified:
    """A person, proven: the uuid of their account (lower case) and when their token ends (seconds since the epoch)."""

    user_id: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """What a project's tokens say: the issuer, the audience, and the seconds by which clocks may differ."""

    issuer: str
    audience: str
    leeway: float


def judge_claims(claims: Mapping[str, Any], rules: ClaimRules, now: float) -> Verified:
    """The person whom the claims name.

    Args:
        claims: of a token; whether the signature is right is not asked here.
        now: seconds since the epoch.

    Raises:
        InvalidToken: naming the first claim that is wrong.
    """
    expires = _judge_times(claims, now, rules.leeway)
    _judge_origin(claims, rules)
    return Verified(_subject(claims), float(expires))


def _judge_times(claims: Mapping[str, Any], now: float, leeway: float) -> int:
    expires, starts, issued = _seconds(claims, "exp"), _seconds(claims, "nbf"), _seconds(claims, "iat")
    if expires is None or (issued is not None and issued >= expires):
        raise InvalidToken("claims")
    if now >= expires + leeway:
        raise InvalidToken("expired")
    if max(starts or 0, issued or 0) > now + leeway:
        raise InvalidToken("not_yet_valid")
    return expires


def _judge_origin(claims: Mapping[str, Any], rules: ClaimRules) -> None:
    if claims.get("iss") != rules.issuer:
        raise InvalidToken("issuer")
    if claims.get("aud") != rules.audience:
        raise InvalidToken("audience")
    if claims.get("role") != ROLE:
        raise InvalidToken("role")


def _seconds(claims: Mapping[str, Any], name: str) -> int | None:
    """A time claim; None where it is left out. PostgREST counts fractions as expired, text is no number."""
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LATEST_SECONDS:
        raise InvalidToken("claims")
    return value


def _subject(claims: Mapping[str, Any]) -> str:
    """The account's id as PostgreSQL writes it, so that ids can be compared as text."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or UUID.fullmatch(subject.lower()) is None or subject == NOBODY:
        raise InvalidToken("subject")
    return subject.lower()
