"""A client that sends exactly the bytes it is given and takes whatever answers come, until the server closes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import parse_headers
from io import BytesIO

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d) [ -~]*")
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class RawReply:
    """One answer as it came."""

    status: int
    headers: Message
    body: bytes


async def exchange(
    port: int,
    sent: Iterable[bytes],
    *,
    pause: float = 0.0,
    half_close: bool = False,
    bodiless: bool = False,
    seconds: float = 60.0,
) -> list[RawReply]:
    """Every answer that came until the server closed.

    Args:
        pause: seconds between the pieces of ``sent``.
        half_close: say that nothing more comes, once all is sent.
        bodiless: the answer announces a body and has none, as to HEAD.

    Raises:
        AssertionError: the server still holds the connection after ``seconds``, or sent what is no HTTP.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(_send(writer, sent, pause, half_close))
    received = bytearray()
    try:
        async with asyncio.timeout(seconds):
            await _receive(reader, received)
    except TimeoutError:
        raise AssertionError(f"the server hangs after {bytes(received[:200])!r}") from None
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
    return parsed(bytes(received), bodiless=bodiless)


async def _send(writer: asyncio.StreamWriter, sent: Iterable[bytes], pause: float, half_close: bool) -> None:
    try:
        for piece in sent:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if half_close:
            writer.write_eof()
    except OSError:
        pass  # the server had enough; what it said is read by the other side


async def _receive(reader: asyncio.StreamReader, received: bytearray) -> None:
    try:
        while piece := await reader.read(65_536):
            received += piece
    except ConnectionError:
        pass


def parsed(data: bytes, *, bodiless: bool = False) -> list[RawReply]:
    """The answers in ``data``, one after another with nothing between or behind them."""
    replies: list[RawReply] = []
    while data:
        head, separator, data = data.partition(_END)
        line, _, fields = head.partition(b"\r\n")
        status = _STATUS.fullmatch(line)
        assert separator, f"a head without an end: {head[:200]!r}"
        assert status, f"no HTTP: {head[:200]!r}"
        headers = parse_headers(BytesIO(fields + _END))
        length = 0 if bodiless or int(status[1]) in {100, 204, 304} else int(headers["Content-Length"])
        assert len(data) >= length, f"{len(data)} bytes of a body of {length}"
        replies.append(RawReply(int(status[1]), headers, data[:length]))
        data = data[length:]
    return replies


def final(replies: Sequence[RawReply]) -> RawReply | None:
    """The last answer that is not provisional."""
    return next((reply for reply in reversed(replies) if reply.status >= 200), None)
