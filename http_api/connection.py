"""One client's connection, watched: what it has to say must come in time and be of a bearable size.

aiohttp parses and answers, but waits for ever for a request's head, takes a megabyte of headers, and keeps a
connection whose client reads nothing. Here each phase of a connection has an end: a head must be complete soon after
its first byte (the first head: after connecting), an idle connection goes after a while, a client that half-closes
is still answered, and one that does not take its answer is cut off. Only asyncio's protocol methods and public names
of ``web.RequestHandler`` are used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import structlog
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from http_api.cors import Cors
from http_api.crowd import Crowd
from http_api.deadline import Deadline
from http_api.head import MAX_HEAD_BYTES, MAX_HEADER_BYTES, MAX_HEADERS, MAX_LINE_BYTES, Head
from http_api.problems import Problem
from http_api.raw_answers import RawAnswer, raw_answer

log = structlog.get_logger(__name__)

# Seconds that an idle connection is kept: longer than the idle time of common load balancers (60), so that they,
# and not we, close it. nginx keeps 75, too, and as many requests on one connection.
KEEPALIVE_SECONDS = 75.0
MAX_REQUESTS = 1_000
# Seconds in which what a refused client still sends is read, so that it sees the answer and no reset.
LINGER_SECONDS = 2.0
# Seconds in which a client must have taken its answer (1.5 MB at 25 kB/s).
SEND_SECONDS = 60.0
# Seconds after which a connection that should be gone is cut off, whatever it has still to send.
CLOSING_SECONDS = 10.0
# Seconds in which a client that has half-closed must have a complete request with us.
HALF_CLOSED_SECONDS = 0.5


class Phase(Enum):
    """Where a connection stands."""

    HEAD = auto()  # a request's head is awaited or arriving
    ANSWERING = auto()
    SENDING = auto()
    IDLE = auto()  # answered; a further request may come
    CLOSING = auto()


@dataclass(frozen=True, slots=True)
class Watch:
    """What all connections share: who counts them, how long a head may take, who hears of cut connections, and what
    pages may read of an answer."""

    crowd: Crowd
    head_seconds: float
    cut: Callable[[str], None]
    cors: Cors


class Connection(web.RequestHandler):
    """aiohttp's connection, with an end to each of its phases."""

    __slots__ = (
        "__weakref__", "_ahead", "_deadline", "_half_closed", "_head", "_phase", "_request", "_task", "_watch", "last",
        "requests",
    )  # fmt: skip

    def __init__(self, manager: web.Server, watch: Watch, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            manager,
            loop=loop,
            keepalive_timeout=KEEPALIVE_SECONDS,
            lingering_time=LINGER_SECONDS,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )
        self._watch = watch
        self._deadline = Deadline(loop, self._due)
        self._task: asyncio.Task[object] | None = None
        self._request: web.BaseRequest | None = None
        self._half_closed = False
        self._ahead = 0
        self.requests = 0
        self.last = False  # whether the present answer is the last one
        self._head = Head()
        self._phase = Phase.HEAD
        watch.crowd.joined(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first head is due from here."""
        super().connection_made(transport)
        self._deadline.set(self._watch.head_seconds)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Nothing is due any more."""
        self._deadline.close()
        self._watch.crowd.left(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Watch a head arrive, then let aiohttp parse it."""
        if data and self._phase is Phase.IDLE:
            self._watch.crowd.busy(self)
            self._head = Head()
            self._phase = Phase.HEAD
            self._deadline.set(self._watch.head_seconds)
        if data and self._phase is Phase.HEAD and not self._head.feed(data):
            return self._refuse(_TOO_LARGE)
        if self._request is not None and self._request.content.is_eof():
            self._count_ahead(len(data))
        return super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio asks whether to stay open; aiohttp never does
        """The client sends no more: answer what has arrived, and stay open only for that."""
        self._half_closed = True
        if self._request is not None:
            _end_body(self._request)
            return True
        self._deadline.set(HALF_CLOSED_SECONDS)
        return self._head.size > 0

    def begin(self, request: web.BaseRequest) -> None:
        """A request has arrived and is being answered."""
        self.requests += 1
        self.last = self.last or self.requests >= MAX_REQUESTS
        self._ahead = 0
        self._request = request
        self._phase = Phase.ANSWERING
        self._watch.crowd.busy(self)
        self._deadline.clear()
        if self._half_closed:
            _end_body(request)

    def sending(self, task: asyncio.Task[object]) -> None:
        """The answer is being sent, by this task."""
        self._task = task
        self._phase = Phase.SENDING
        self._deadline.set(SEND_SECONDS)

    def end(self, *, closing: bool) -> None:
        """Its answer is on the way; ``closing``: the last one."""
        request, self._request = self._request, None
        self._task = None
        self._deadline.clear()
        if self.transport is None:
            return
        self._phase = Phase.CLOSING if closing else Phase.IDLE
        if closing and request is not None and request.content.exception() is not None:
            self.force_close()  # aiohttp would linger for a body that is broken, and log that it is
        elif closing:
            self._deadline.set(CLOSING_SECONDS)
        elif self._half_closed:
            self._deadline.set(HALF_CLOSED_SECONDS)
        else:
            self._watch.crowd.idle(self)

    def finish(self) -> None:
        """Take no further request: close now, or once the present one is answered."""
        self.last = True
        if self._request is not None:
            self.close()
        else:
            self.force_close()

    def force_close(self) -> None:
        """Close; what cannot be sent within a while is dropped."""
        transport = self.transport
        super().force_close()
        if transport is not None and transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(CLOSING_SECONDS, transport.abort)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What the parser refuses, in the form of all refusals and without repeating what was sent."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is already on its way")
        self._phase = Phase.CLOSING
        self._deadline.set(CLOSING_SECONDS)
        self._watch.cut("malformed" if status < 500 else "failed")
        if status >= 500:
            log.error("request_failed_outside", status=status, exc_info=exc)
        return RawAnswer(_problem(status, exc), request, self._watch.cors)

    def _count_ahead(self, size: int) -> None:
        """Requests sent ahead wait in memory; beyond one head's size no more are taken, and none of those."""
        self._ahead += size
        if self._ahead > MAX_HEAD_BYTES:
            self.finish()

    def _refuse(self, problem: Problem) -> None:
        self._watch.cut(problem.code)
        if self.transport is not None:
            self.transport.write(raw_answer(problem, further=self._watch.cors.raw_headers()))
        self._phase = Phase.CLOSING
        self.force_close()

    def _due(self) -> None:
        if self.transport is None:
            return
        if self._phase in {Phase.SENDING, Phase.CLOSING}:
            self._watch.cut("slow_reader")
            self.transport.abort()
            if self._task is not None:
                self._task.cancel()
        elif self._phase is Phase.HEAD and not self._half_closed:
            self._cut_head()
        else:
            self.force_close()

    def _cut_head(self) -> None:
        if self._head.size:
            seconds = self._watch.head_seconds
            self._refuse(Problem("request_timeout", f"The request's head was not complete within {seconds:g} s."))
        else:
            self._watch.cut("silent")
            self.force_close()


_TOO_LARGE = Problem(
    "headers_too_large", f"A request's head may have {MAX_HEAD_BYTES} bytes and {MAX_HEADERS} headers."
)


def _end_body(request: web.BaseRequest) -> None:
    """Whoever reads this request's body hears that the rest will never come."""
    if not request.content.is_eof():
        request.content.set_exception(web.RequestPayloadError("the client ended before its body did"))


def _problem(status: int, error: BaseException | None) -> Problem:
    if isinstance(error, LineTooLong):
        if error.args[1:2] == (MAX_LINE_BYTES,):
            return Problem("uri_too_long", f"The address may have {MAX_LINE_BYTES} bytes.")
        return Problem("headers_too_large", f"One header may have {MAX_HEADER_BYTES} bytes.")
    if status < 500:
        return Problem("bad_request", "The request is not valid HTTP.")
    if status == 504:
        return Problem("deadline_exceeded", "The answer was not ready in time.")
    return Problem("internal_error", "Something went wrong on our side; it has been noted.")
