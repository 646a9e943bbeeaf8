"""A head's size does not depend on the pieces it comes in, and nothing behind its end counts."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from http_api.head import MAX_HEAD_BYTES, MAX_HEADERS, Head

LINES = st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line), max_size=6)


@given(LINES, st.binary(max_size=60), st.lists(st.integers(0, 200), max_size=8))
def test_pieces_make_no_difference(lines: list[bytes], body: bytes, cuts: list[int]) -> None:
    data = b"\r\n".join([b"GET / HTTP/1.1", *(b"X: " + line for line in lines), b"", b""]) + body
    whole, pieces = Head(), Head()
    whole.feed(data)
    marks = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for start, end in pairwise(marks):
        pieces.feed(data[start:end])
    assert (pieces.size, pieces.lines, pieces.complete) == (whole.size, whole.lines, whole.complete)
    assert whole.complete
    assert (whole.size, whole.lines) == (len(data) - len(body), len(lines) + 2)


@given(st.binary(max_size=300), st.integers(1, 7))
def test_it_ends_where_the_empty_line_is_and_nowhere_else(data: bytes, size: int) -> None:
    head = Head()
    for at in range(0, len(data), size):
        head.feed(data[at : at + size])
    end = data.find(b"\r\n\r\n")
    assert head.complete == (end >= 0)
    assert head.size == (end + 4 if end >= 0 else len(data))


def test_the_limits_are_exact() -> None:
    assert Head().feed(b"a" * MAX_HEAD_BYTES)
    assert not Head().feed(b"a" * (MAX_HEAD_BYTES + 1))
    assert Head().feed(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * MAX_HEADERS + b"\r\n")
    assert not Head().feed(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (MAX_HEADERS + 1) + b"\r\n")


def test_a_body_behind_the_head_may_be_larger() -> None:
    head = Head()
    assert head.feed(b"POST / HTTP/1.1\r\n\r\n" + b"\n" * MAX_HEAD_BYTES * 2)
    assert head.feed(b"\n" * MAX_HEAD_BYTES)
