"""What a hostile request is, and the pieces that tables of them are written with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TOKEN = b"@TOKEN@"  # stands for a valid access token
CANARY = b"c4n4ry"  # what was sent and must not come back
ITEM = b"/api/v1/ai/analyze-clothing-item"
STATUS = b"/api/v1/ai/analyses/00000000-0000-4000-8000-000000000000"
HOST = b"Host: api.example.com"
AUTHORIZED = b"Authorization: Bearer " + TOKEN
JSON = b"Content-Type: application/json"
GOOD_BODY = b'{"clothing_item_id": "00000000-0000-4000-8000-000000000000"}'


@dataclass(frozen=True)
class Attack:
    """One conversation.

    ``statuses`` are the answers that are right; with ``silence`` also none at all, just the end. ``sent`` pieces
    are written one after another, ``pause`` seconds apart.
    """

    name: str
    sent: tuple[bytes, ...]
    statuses: frozenset[int]
    silence: bool = False
    pause: float = 0.0
    half_close: bool = False
    bodiless: bool = False

    def pieces(self, token: str) -> Iterable[bytes]:
        """What is written, with a real token in it."""
        return (piece.replace(TOKEN, token.encode()) for piece in self.sent)


def attack(name: str, sent: bytes | Iterable[bytes], *statuses: int, **options: bool | float) -> Attack:
    """An attack; bytes alone are sent in one piece."""
    pieces = (sent,) if isinstance(sent, bytes) else tuple(sent)
    return Attack(name, pieces, frozenset(statuses), **options)  # type: ignore[arg-type]


def get(path: bytes = STATUS, *headers: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    """A GET that ends its connection."""
    return lines(b"GET " + path + b" " + version, HOST, b"Connection: close", *headers)


def post(body: bytes, *headers: bytes, content_type: bytes = JSON) -> bytes:
    """An authorized POST of JSON with a right Content-Length that ends its connection."""
    length = b"Content-Length: %d" % len(body)
    return framed(content_type, length, *headers) + body


def framed(*headers: bytes) -> bytes:
    """The head of an authorized POST; the framing is the caller's."""
    return lines(b"POST " + ITEM + b" HTTP/1.1", HOST, AUTHORIZED, b"Connection: close", *headers)


def lines(*parts: bytes) -> bytes:
    """A head."""
    return b"\r\n".join([*parts, b"", b""])
