"""Keeps passwords as salted scrypt hashes. Hashing takes CPU time: call it in a thread."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

MINIMUM_LENGTH = 6  # a new Supabase project's setting
SCRYPT_COST = 2**12  # small on purpose: tests sign up hundreds of people
SALT_BYTES = 16


def hash_password(password: str) -> str:
    """The text to store: cost, salt and hash."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"scrypt${SCRYPT_COST}${_text(salt)}${_text(_scrypt(password, salt, SCRYPT_COST))}"


def matches(password: str, stored: str) -> bool:
    """Whether `stored` is the hash of `password`; False for hashes of another kind."""
    kind, _, rest = stored.partition("$")
    if kind != "scrypt":
        return False
    cost, salt, digest = rest.split("$")
    return hmac.compare_digest(_scrypt(password, base64.b64decode(salt), int(cost)), base64.b64decode(digest))


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=8, p=1)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
