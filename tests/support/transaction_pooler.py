"""A pooler in transaction mode, as small as one can be: every client's transactions run in one and the same session.

It speaks as much of PostgreSQL's protocol (version 3) as that takes: a client begins on a session of its own, through
which it is let in; from then on each of its transactions is carried over to the first client's session.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

READY, IDLE, TERMINATE = b"Z", b"I", b"X"
SSL_REQUEST = 80877103


class _Session:
    """A server's session; one client at a time uses it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.lock = asyncio.Lock()


class TransactionPooler:
    """Between clients and the PostgreSQL at ``host:port``."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._shared: _Session | None = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Its port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
        if self._shared is not None:
            self._shared.writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = _Session(*await asyncio.open_connection(*self._server))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await _start(reader, writer, own)
            self._shared = self._shared or own
            while True:
                await self._transaction(reader, writer, self._shared)
        for each in (writer, *([own.writer] if own is not self._shared else [])):
            each.close()

    async def _transaction(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: _Session) -> None:
        first = await _message(reader)
        if first[:1] == TERMINATE:
            raise asyncio.IncompleteReadError(b"", None)
        async with session.lock:
            session.writer.write(first)
            status = await _answers(session.reader, writer, until_ready=first[:1] in b"QS")
            while status != IDLE:
                message = await _message(reader)
                session.writer.write(message)
                if message[:1] in b"QS":
                    status = await _answers(session.reader, writer, until_ready=True)


async def _start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: _Session) -> None:
    """The client lets itself in; its password and the server's questions pass through."""
    startup = await _packet(reader)
    while struct.unpack("!I", startup[4:8])[0] == SSL_REQUEST:
        writer.write(b"N")
        startup = await _packet(reader)
    session.writer.write(startup)
    while True:
        answer = await _message(session.reader)
        writer.write(answer)
        if answer[:1] == READY:
            return
        if answer[:1] == b"R" and struct.unpack("!I", answer[5:9])[0] in (3, 5, 10, 11):
            session.writer.write(await _message(reader))


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, until_ready: bool) -> bytes:
    """Hands on what the server says; the transaction's state at the end."""
    status = b""
    while until_ready and not status:
        answer = await _message(reader)
        writer.write(answer)
        if answer[:1] == READY:
            status = answer[5:6]
    return status


async def _message(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(1) + await _packet(reader)


async def _packet(reader: asyncio.StreamReader) -> bytes:
    length = await reader.readexactly(4)
    return length + await reader.readexactly(struct.unpack("!I", length)[0] - 4)
