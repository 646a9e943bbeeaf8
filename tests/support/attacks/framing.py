"""Where one request ends and the next begins, and what a header is: smuggling and injection."""

from __future__ import annotations

from tests.support.attacks.attack import CANARY, GOOD_BODY, HOST, JSON, STATUS, Attack, attack, framed, get, lines, post

LENGTH = b"Content-Length: %d" % len(GOOD_BODY)
CHUNKED = b"Transfer-Encoding: chunked"
ONE_CHUNK = b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD_BODY), GOOD_BODY)
SMUGGLED = b"GET /" + CANARY + b" HTTP/1.1\r\nHost: inner\r\n\r\n"

HEADERS: tuple[Attack, ...] = (
    attack("line feeds alone end the lines", get().replace(b"\r\n", b"\n"), 400),
    attack("a carriage return inside a value", get(STATUS, b"X-A: a\rSet-Cookie: " + CANARY), 400),
    attack("a line feed inside a value", get(STATUS, b"X-A: a\nSet-Cookie: " + CANARY), 400),
    attack("NUL inside a value", get(STATUS, b"X-A: a\x00b"), 400),
    attack("NUL inside a name", get(STATUS, b"X\x00A: a"), 400),
    attack("a control character inside a value", get(STATUS, b"X-A: a\x01b"), 400, 401),
    attack("a folded line", get(STATUS, b"X-A: a", b" folded"), 400),
    attack("a folded first header", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    attack("a blank before the colon", get(STATUS, b"X-A : a"), 400),
    attack("a blank inside the name", get(STATUS, b"X A: a"), 400),
    attack("a tab inside the name", get(STATUS, b"X\tA: a"), 400),
    attack("a name that is not ASCII", get(STATUS, "X-Ü: a".encode()), 400),
    attack("no name", get(STATUS, b": a"), 400),
    attack("no colon", get(STATUS, b"just words"), 400),
    attack("a value that is not UTF-8", get(STATUS, b"X-A: \xff\xfe"), 401),
    attack("two hosts", lines(b"GET / HTTP/1.1", HOST, b"Host: b.example.com", b"Connection: close"), 400),
    attack("no host", lines(b"GET / HTTP/1.1", b"Connection: close"), 400),
    attack("two authorizations", get(STATUS, b"Authorization: Bearer a.b.c", b"Authorization: Bearer d.e.f"), 400, 401),
    attack("a request id with a quote", get(STATUS, b'X-Request-ID: "><script>' + CANARY), 401),
    attack("a line break in the address", get(b"/a%0d%0aSet-Cookie:%20" + CANARY), 404),
    attack("a line break in the query", get(STATUS + b"?x=%0d%0aSet-Cookie:%20" + CANARY), 401),
    attack("a line break in the origin", get(STATUS, b"Origin: https://a%0d%0aSet-Cookie: " + CANARY), 401),
)

LENGTHS: tuple[Attack, ...] = (
    attack("the same length twice", framed(JSON, LENGTH, LENGTH) + GOOD_BODY, 400),
    attack("two lengths", framed(JSON, LENGTH, b"Content-Length: 3") + GOOD_BODY, 400),
    attack("a list of lengths", framed(JSON, b"Content-Length: 60, 60") + GOOD_BODY, 400),
    attack("a negative length", framed(JSON, b"Content-Length: -1") + GOOD_BODY, 400),
    attack("a signed length", framed(JSON, b"Content-Length: +60") + GOOD_BODY, 400),
    attack("a hexadecimal length", framed(JSON, b"Content-Length: 0x3c") + GOOD_BODY, 400),
    attack("a length with a blank inside", framed(JSON, b"Content-Length: 6 0") + GOOD_BODY, 400),
    attack("an empty length", framed(JSON, b"Content-Length: ") + GOOD_BODY, 400),
    attack("a length beyond 64 bits", framed(JSON, b"Content-Length: 18446744073709551617") + GOOD_BODY, 400),
    attack("a length in other digits", framed(JSON, b"Content-Length: \xef\xbc\x96\xef\xbc\x90") + GOOD_BODY, 400),
    attack("a request inside a body", post(SMUGGLED), 400, 422),
    attack("a request behind the last one", get() + SMUGGLED, 400, 401),
)

CHUNKS: tuple[Attack, ...] = (
    attack("length and chunks", framed(JSON, LENGTH, CHUNKED) + ONE_CHUNK + SMUGGLED, 400),
    attack("chunks and length", framed(JSON, CHUNKED, b"Content-Length: 3") + ONE_CHUNK + SMUGGLED, 400),
    attack("chunked is not the last coding", framed(JSON, b"Transfer-Encoding: chunked, identity") + ONE_CHUNK, 400),
    attack("an unknown coding", framed(JSON, b"Transfer-Encoding: xchunked") + ONE_CHUNK, 400),
    attack("chunked twice", framed(JSON, CHUNKED, CHUNKED) + ONE_CHUNK, 400),
    attack("chunked behind a vertical tab", framed(JSON, b"Transfer-Encoding: \x0bchunked") + ONE_CHUNK, 400),
    attack("a blank before the colon of the coding", framed(JSON, b"Transfer-Encoding : chunked") + ONE_CHUNK, 400),
    attack(
        "chunks in HTTP/1.0",
        framed(JSON, CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0") + ONE_CHUNK + SMUGGLED,
        400, 404,
    ),
    attack("a chunk of negative size", framed(JSON, CHUNKED) + b"-5\r\nhello\r\n0\r\n\r\n", 400),
    attack("a chunk of no size", framed(JSON, CHUNKED) + b"\r\nhello\r\n0\r\n\r\n", 400),
    attack("a chunk of words", framed(JSON, CHUNKED) + b"five\r\nhello\r\n0\r\n\r\n", 400),
    attack("a chunk beyond 64 bits", framed(JSON, CHUNKED) + b"10000000000000001\r\nhello\r\n0\r\n\r\n", 400),
    attack("a chunk that goes on too long", framed(JSON, CHUNKED) + b"2\r\nhello\r\n0\r\n\r\n", 400),
    attack("chunks ended by line feeds", framed(JSON, CHUNKED) + b"5\nhello\n0\n\n", 400),
    attack("a long chunk extension", framed(JSON, CHUNKED) + b"5;" + b"a" * 20_000 + b"\r\nhello\r\n0\r\n\r\n", 400),
    attack("a trailer that would be a header", framed(JSON, CHUNKED) + ONE_CHUNK[:-2] + LENGTH + b"\r\n\r\n", 400, 404),
)  # fmt: skip

ATTACKS = (*HEADERS, *LENGTHS, *CHUNKS)
