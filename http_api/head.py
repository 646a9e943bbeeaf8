"""The size of a request's head, counted while it arrives. Pure.

aiohttp bounds each line but not their sum, and only sees what it can parse; this sees every byte before the parser
does, so a head that never ends costs what it may and no more.
"""

from __future__ import annotations

# Bytes of the request line, of one header, of the whole head. The first two differ by one so that aiohttp's error,
# which gives the limit and not the place, still tells which it was.
MAX_LINE_BYTES = 8_189
MAX_HEADER_BYTES = 8_190
MAX_HEAD_BYTES = 32_768
MAX_HEADERS = 100
_END = b"\r\n\r\n"


class Head:
    """One head: how much of it has come, and whether that was all of it."""

    __slots__ = ("_last", "complete", "lines", "size")

    def __init__(self) -> None:
        self.size = 0
        self.lines = 0
        self.complete = False
        self._last = b""  # the bytes in which its end may already have begun

    def feed(self, data: bytes) -> bool:
        """Take what has arrived; whether the head is still of a bearable size. What follows its end is not counted."""
        if self.complete:
            return True
        seen = self._last + data if self._last else data
        end = seen.find(_END)
        self.complete = end >= 0
        taken = end + len(_END) - len(self._last) if self.complete else len(data)
        self.size += taken
        self.lines += data.count(b"\n", 0, taken)
        self._last = seen[1 - len(_END) :]
        return self.size <= MAX_HEAD_BYTES and self.lines <= MAX_HEADERS + 2  # with the request line and the end
