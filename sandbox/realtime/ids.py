"""The number by which the real server names a binding: Erlang's `phash2` of the binding's JSON.

The same binding has the same id in every channel, connection and run, and clients keep the ids of
the join reply to route events, so the numbers are computed, not invented. Follows `make_hash2` of
the Erlang runtime (Bob Jenkins' mix over 32-bit words) for the terms that JSON can hold; checked
against the ids of the recorded transcripts.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

MASK = 0xFFFFFFFF
GOLDEN = 0x9E3779B9
RANGE = 1 << 27  # phash2/1 without a range
EMPTY_LIST = 3468870702
NIL_TAG = 2
SMALL = 1 << 27  # integers in [-2^27, 2^27) are hashed as one signed word

# Multiples of the golden ratio that tell the kinds of terms apart.
SIGNED, NIL, ATOM, BYTES4, NEGATIVE, POSITIVE, FLOAT, BINARY, MAP_SIZE, MAP_PAIRS = (1, 2, 3, 4, 10, 11, 12, 13, 16, 19)


def binding_id(params: Mapping[str, object]) -> int:
    """The id of a `postgres_changes` binding as the client sent it, 0 ≤ id < 2^27."""
    return term_hash(params) % RANGE


def term_hash(term: object, seed: int = 0) -> int:
    """The 32-bit hash of a JSON value, continued from the hash `seed` of what came before it."""
    match term:
        case None | bool():
            return _atom({None: "nil", True: "true", False: "false"}[term], seed)
        case str():
            return _binary(term.encode(), seed)
        case int():
            return _integer(term, seed)
        case float():
            low, high = struct.unpack("<II", struct.pack("<d", term or 0.0))  # -0.0 is 0.0
            return _mix2(seed, low, high, FLOAT)
        case Mapping():
            return _map(term, seed)
        case Sequence():
            return _list(term, seed)
    raise TypeError(f"{type(term).__name__} is not a JSON value")


def _map(term: Mapping[str, object], seed: int) -> int:
    seed = _mix2(seed, len(term), 0, MAP_SIZE)
    if not term:
        return seed
    pairs = 0
    for key, value in term.items():
        pairs ^= term_hash(value, term_hash(key))
    return _mix2(seed, pairs, 0, MAP_PAIRS)


def _list(term: Sequence[object], seed: int) -> int:
    """Runs of bytes are hashed four at a time, as the runtime does for strings written as lists."""
    word = count = 0
    for item in term:
        if isinstance(item, int) and not isinstance(item, bool) and 0 <= item < 256:
            word, count = (word << 8) + item, count + 1
            if count == 4:
                seed, word, count = _mix2(seed, word, 0, BYTES4), 0, 0
            continue
        if count:
            seed, word, count = _mix2(seed, word, 0, BYTES4), 0, 0
        seed = term_hash(item, seed)
    if count:
        seed = _mix2(seed, word, 0, BYTES4)
    return EMPTY_LIST if seed == 0 else _mix2(seed, NIL_TAG, 0, NIL)


def _atom(name: str, seed: int) -> int:
    value = 0
    for byte in name.encode():
        value = ((value << 4) + byte) & MASK
        if high := value & 0xF0000000:
            value ^= (high >> 24) ^ high
    return value if seed == 0 else _mix2(seed, value, 0, ATOM)


def _integer(value: int, seed: int) -> int:
    if -SMALL <= value < SMALL:
        if value < 0:  # negative numbers are mixed twice
            seed = _mix2(seed, -value, 0, SIGNED)
        return _mix2(seed, value & MASK, 0, SIGNED)
    size = abs(value)
    kind = NEGATIVE if value < 0 else POSITIVE
    while True:
        seed = _mix2(seed, size & MASK, (size >> 32) & MASK, kind)
        size >>= 64
        if not size:
            return seed


def _binary(data: bytes, seed: int) -> int:
    start = (GOLDEN * BINARY + seed) & MASK
    if not data:
        return start
    a, b, c = GOLDEN, GOLDEN, start
    whole = len(data) - len(data) % 12
    for x, y, z in struct.iter_unpack("<III", data[:whole]):
        a, b, c = _mix((a + x) & MASK, (b + y) & MASK, (c + z) & MASK)
    rest = data[whole:]
    a = (a + int.from_bytes(rest[:4], "little")) & MASK
    b = (b + int.from_bytes(rest[4:8], "little")) & MASK
    c = (c + len(data) + (int.from_bytes(rest[8:], "little") << 8)) & MASK
    return _mix(a, b, c)[2]


def _mix2(seed: int, first: int, second: int, kind: int) -> int:
    base = GOLDEN * kind
    return _mix((base + first) & MASK, (base + second) & MASK, seed)[2]


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    for right, left, right2 in ((13, 8, 13), (12, 16, 5), (3, 10, 15)):
        a = ((a - b - c) & MASK) ^ (c >> right)
        b = ((b - c - a) & MASK) ^ ((a << left) & MASK)
        c = ((c - a - b) & MASK) ^ (b >> right2)
    return a, b, c
