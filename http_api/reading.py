"""Reads a request's body within bounds of size and time, and only when it is wanted.

``Expect: 100-continue`` is answered here and not before: a client that is refused for other reasons is never
invited to send. A compressed body counts as what it unpacks to.
"""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from http_api.problems import Problem

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_JSON_TYPES = frozenset({"application/json"})
_PACKINGS = frozenset({"identity", "gzip", "deflate"})  # what aiohttp unpacks without further packages


async def read_body(request: web.Request, *, most: int, seconds: float) -> bytes:
    """The body as it came, unpacked.

    Args:
        most: bytes it may have.
        seconds: in which all of it must have arrived.

    Raises:
        Problem: ``body_too_large``, ``request_timeout``, or ``bad_request`` when its framing or packing is broken.
    """
    if (request.content_length or 0) > most:
        raise _too_large(most)
    await _invite(request)
    try:
        async with asyncio.timeout(seconds):
            return await _bounded(request, most)
    except TimeoutError:
        detail = f"The body did not arrive within {seconds:g} seconds."
        raise Problem("request_timeout", detail, headers={"Connection": "close"}) from None
    except (web.RequestPayloadError, ConnectionError, ValueError):  # the second: a client that went away
        raise Problem("bad_request", "The body did not arrive whole, or not as its headers say.") from None


def check_content_type(request: web.Request) -> None:
    """Refuse a body that does not call itself JSON, or that is packed in a way that is not unpacked here.

    Raises:
        Problem: ``unsupported_media_type``.
    """
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() not in _PACKINGS:
        raise Problem("unsupported_media_type", "Send the body as it is, or packed with gzip or deflate.")
    charset = (request.charset or "utf-8").lower()
    if request.content_type not in _JSON_TYPES or charset not in {"utf-8", "utf8"}:
        raise Problem("unsupported_media_type", "Send the body as JSON, with Content-Type: application/json.")


async def _bounded(request: web.Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


async def _invite(request: web.Request) -> None:
    if request.headers.get("Expect", "").lower() == "100-continue" and request.can_read_body:
        await request.writer.write(_CONTINUE)
        request.writer.output_size = 0  # the invitation is not part of the answer


def _too_large(most: int) -> Problem:
    headers = {"Connection": "close"}
    return Problem("body_too_large", f"The body may have at most {most} bytes.", headers=headers)
