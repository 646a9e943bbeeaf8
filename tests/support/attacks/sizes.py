"""More than a server should take: heads, addresses, bodies, and bodies that unpack to more."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from tests.support.attacks.attack import GOOD_BODY, HOST, ITEM, JSON, STATUS, Attack, attack, framed, get, lines, post

MOST = 65_536
MEGABYTE = 1_048_576
BOMB = gzip.compress(b'{"clothing_item_id": "' + b"0" * 16 * MEGABYTE + b'"}')
CHUNK = b"1000\r\n" + b" " * 4_096 + b"\r\n"
GZIP = b"Content-Encoding: gzip"
DEFLATE = b"Content-Encoding: deflate"
CHUNKED = b"Transfer-Encoding: chunked"
CLOSE = b"Connection: close"
FIVE = b"Content-Length: 5242880"
LONG_HEADER = b"X-A: " + b"a" * 1_000 + b"\r\n"


def endless(head: bytes, piece: bytes, pieces: int = 600) -> Iterator[bytes]:
    """A head, then more pieces than anybody would take."""
    yield head
    for _ in range(pieces):
        yield piece


def anonymous(path: bytes) -> bytes:
    """The head of a POST of 5 MB by nobody."""
    return lines(b"POST " + path + b" HTTP/1.1", HOST, JSON, CLOSE, FIVE)


HEADS: tuple[Attack, ...] = (
    attack("an address of 9 kB", get(b"/" + b"a" * 9_000), 414),
    attack("an address of 1 MB", get(b"/" + b"a" * MEGABYTE), 414, 431, silence=True),
    attack("a query of 9 kB", get(STATUS + b"?" + b"a=1&" * 2_250), 414),
    attack("a query of 1,500 names", get(STATUS + b"?" + b"&".join(b"n%d" % n for n in range(1_500))), 401),
    attack("a header of 9 kB", get(STATUS, b"X-A: " + b"a" * 9_000), 431),
    attack("a header's name of 9 kB", get(STATUS, b"X" * 9_000 + b": a"), 431),
    attack("a token of 9 kB", get(STATUS, b"Authorization: Bearer " + b"a" * 9_000), 431),
    attack("101 headers", get(STATUS, *(b"X-%d: a" % n for n in range(99))), 431),
    attack("5,000 headers", get(STATUS, *(b"X-%d: a" % n for n in range(5_000))), 431),
    attack("40 kB of headers, each allowed", get(STATUS, *(b"X-%d: " % n + b"a" * 8_000 for n in range(5))), 431),
    attack("a head that never ends", endless(b"GET / HTTP/1.1\r\n", LONG_HEADER), 400, 431, silence=True),
    attack("an address that never ends", endless(b"GET /", b"a" * 4_096), 414, 431, silence=True),
    attack("a method that never ends", endless(b"G", b"E" * 4_096), 400, 431, silence=True),
    attack("empty lines that never end", endless(b"\r\n", b"\r\n" * 2_048), 400, 408, 431, silence=True),
)  # fmt: skip

BODIES: tuple[Attack, ...] = (
    attack("one byte too many", post(b" " * (MOST + 1)), 413),
    attack("a body of 5 MB", post(b" " * 5 * MEGABYTE), 413, silence=True),
    attack("5 TB announced, nothing sent", framed(JSON, b"Content-Length: 5000000000000"), 413),
    attack("chunks that never end", endless(framed(JSON, CHUNKED), CHUNK), 413, silence=True),
    attack(
        "tiny chunks that never end",
        endless(framed(JSON, CHUNKED), b"1\r\n \r\n" * 1_000),
        413,
        silence=True,
    ),
    attack("less than announced, then the end", framed(JSON, b"Content-Length: 60") + b"{", 400, half_close=True),
    attack("more than announced", framed(JSON, b"Content-Length: 2") + b"{}" + b"x" * 100_000, 400, 422, silence=True),
    attack("an unfinished chunk, then the end", framed(JSON, CHUNKED) + b"50\r\n{", 400, half_close=True),
    attack("a large body without a token", anonymous(ITEM) + b" " * MEGABYTE, 401, silence=True),
    attack("a large body to nowhere", anonymous(b"/nowhere") + b" " * MEGABYTE, 404, silence=True),
    attack("100-continue for too much", framed(JSON, b"Expect: 100-continue", FIVE), 413),
    attack("100-continue, and the body at once", post(GOOD_BODY, b"Expect: 100-continue"), 404),
    attack("an unknown expectation", post(GOOD_BODY, b"Expect: the-unexpected"), 417),
)  # fmt: skip

PACKED: tuple[Attack, ...] = (
    attack("a gzip bomb of 16 MB", post(BOMB, GZIP), 400, 413, 415),
    attack("a deflate bomb of 16 MB", post(zlib.compress(b" " * 16 * MEGABYTE), DEFLATE), 400, 413, 415),
    attack("a bomb in a bomb", post(gzip.compress(BOMB), b"Content-Encoding: gzip, gzip"), 400, 413, 415),
    attack("gzip that is none", post(GOOD_BODY, GZIP), 400, 415),
    attack("gzip cut short", post(gzip.compress(GOOD_BODY)[:-12], GZIP), 400, 415),
    attack("1,000 members of nothing", post(gzip.compress(b"") * 1_000, GZIP), 400, 413, 415),
    attack("brotli that is none", post(GOOD_BODY, b"Content-Encoding: br"), 400, 415),
    attack("an unknown packing", post(GOOD_BODY, b"Content-Encoding: rot13"), 400, 415),
)  # fmt: skip

ATTACKS = (*HEADS, *BODIES, *PACKED)
