"""Takes a compact JWT apart, more strictly than any library does, before anything in it is believed.

There is exactly one way to write each accepted token: unpadded base64url without stray bits, three segments,
JSON objects without duplicate keys. Two texts that differ can thus never be the same token, which is what lets
verified tokens be remembered by their hash, and no two parsers can read one token differently.

Pure, and cheap enough for a flood of rubbish: no cryptography.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from aura.identity.refusal import InvalidToken

MAX_KEY_ID = 200
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
# Headers that would change what is verified, or with which key (RFC 7515, 4.1; RFC 7797): Supabase writes none.
DANGEROUS_HEADERS = frozenset(
    {"crit", "b64", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "zip", "enc", "cty", "epk", "p2s", "p2c"}
)


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """What a token says, none of it proven. ``signed`` are the bytes that ``signature`` is over."""

    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def read_token(token: str) -> UnverifiedToken:
    """Take a token apart; its size is bounded by the caller.

    Raises:
        InvalidToken: ``malformed`` or ``header``.
    """
    if COMPACT.fullmatch(token) is None:
        raise InvalidToken("malformed")
    signed, _, signature = token.rpartition(".")
    header_text, _, payload_text = signed.partition(".")
    algorithm, key_id = _read_header(_json_object(header_text))
    claims = _json_object(payload_text)
    return UnverifiedToken(algorithm, key_id, claims, signed.encode("ascii"), _decode(signature))


def _read_header(header: Mapping[str, Any]) -> tuple[str, str | None]:
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not DANGEROUS_HEADERS.isdisjoint(header) or kind != "JWT" or not isinstance(algorithm, str):
        raise InvalidToken("header")
    if "kid" not in header:
        return algorithm, None
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID:
        raise InvalidToken("header")
    return algorithm, key_id


def _decode(segment: str) -> bytes:
    """The bytes of one segment; unused bits must be zero, or two texts would mean the same bytes."""
    if len(segment) % 4 == 1:
        raise InvalidToken("malformed")
    decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode("ascii"):
        raise InvalidToken("malformed")
    return decoded


def _json_object(segment: str) -> dict[str, Any]:
    try:
        parsed = json.loads(
            _decode(segment).decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):  # no JSON, NaN, a duplicate key, a number of 5,000 digits, 5,000 brackets
        raise InvalidToken("malformed") from None
    if not isinstance(parsed, dict):
        raise InvalidToken("malformed")
    return parsed


def _without_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("duplicate key")
    return made


def _no_constant(name: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)
