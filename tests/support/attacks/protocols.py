"""Other methods, other versions, other protocols, and noise."""

from __future__ import annotations

import random

from tests.support.attacks.attack import HOST, STATUS, Attack, attack, get, lines

CLOSE = b"Connection: close"
# A ClientHello of TLS 1.2, cut after its random bytes.
TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(range(32)) + b"\x20" + bytes(32)
NOISE = random.Random(7)


def method(name: bytes) -> bytes:
    """A request by another method."""
    return lines(name + b" " + STATUS + b" HTTP/1.1", HOST, CLOSE)


METHODS: tuple[Attack, ...] = (
    *(attack(name, method(name.encode()), 405) for name in ("PUT", "DELETE", "PATCH", "POST", "TRACE")),
    *(attack(name, method(name.encode()), 400, 405) for name in ("PROPFIND", "PURGE", "LINK", "M-SEARCH", "SOURCE")),
    *(attack(name, method(name.encode()), 400) for name in ("get", "FOO", "GETT", "G" * 3_000)),
    attack("an empty method", method(b""), 400),
    attack("a method with a break", method(b"GET\r\n"), 400),
    attack("HEAD", method(b"HEAD"), 401, bodiless=True),
    attack("TRACE with a secret", lines(b"TRACE / HTTP/1.1", HOST, CLOSE, b"Cookie: c4n4ry"), 404, 405),
)

VERSIONS: tuple[Attack, ...] = (
    attack("HTTP/1.0", get(version=b"HTTP/1.0"), 401),
    attack("HTTP/1.0 without a host", lines(b"GET " + STATUS + b" HTTP/1.0"), 401),
    attack("HTTP/0.9", b"GET /\r\n", 400, 408),
    attack("HTTP/1.2", get(version=b"HTTP/1.2"), 400),
    attack("HTTP/2.0", get(version=b"HTTP/2.0"), 400),
    attack("HTTP/9.9", get(version=b"HTTP/9.9"), 400),
    attack("a version of words", get(version=b"HTTP/one"), 400),
    attack("a lower-case version", get(version=b"http/1.1"), 400),
    attack("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", 400),
    attack("an upgrade to HTTP/2", get(STATUS, b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQ"), 401),
    attack("an upgrade to WebSocket", get(STATUS, b"Upgrade: websocket", b"Sec-WebSocket-Key: eA=="), 400, 401),
    attack(
        "an upgrade that is meant",
        get(STATUS, b"Upgrade: websocket").replace(CLOSE, b"Connection: Upgrade, close") + b"\x81\x05hello",
        400, 401,
    ),
)  # fmt: skip

NOISES: tuple[Attack, ...] = (
    attack("TLS", TLS_HELLO, 400, silence=True),
    attack("SSH", b"SSH-2.0-OpenSSH_9.9\r\n", 400, silence=True),
    attack("SMTP", b"EHLO evil.example.com\r\nMAIL FROM:<a@b>\r\n", 400, silence=True),
    attack("Redis", b"*1\r\n$4\r\nPING\r\n", 400, silence=True),
    attack("PostgreSQL", b"\x00\x00\x00\x08\x04\xd2\x16\x2f", 400, silence=True),
    attack("SOCKS", b"\x05\x01\x00", 400, silence=True),
    attack("a proxy's greeting", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + get(), 400, silence=True),
    attack("zeros", bytes(1_000), 400, silence=True),
    attack("ones", b"\xff" * 1_000, 400, silence=True),
    attack("a shell", b"() { :; }; /bin/true\r\n\r\n", 400, silence=True),
    *(attack(f"noise {n}", NOISE.randbytes(200 * n + 50), 400, 408, silence=True) for n in range(4)),
    attack("nothing, then the end", b"", 400, silence=True, half_close=True),
    attack("half a head, then the end", b"GET / HTTP/1.1\r\nHost:", 400, silence=True, half_close=True),
    attack("noise behind a request", get() + NOISE.randbytes(1_000), 400, 401),
)

ATTACKS = (*METHODS, *VERSIONS, *NOISES)
