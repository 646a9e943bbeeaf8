"""Reads what clients send to Storage: JSON, and files as a form's part or as the bare body.

The Python client sends a form, the JavaScript client a form for Blobs and a bare body for
buffers. Files are passed on as streams, so a large one is refused before it is held anywhere.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import BodyPartReader, MultipartReader, web

from sandbox.storage import errors
from sandbox.storage.service import Upload

CHUNK = 65_536
MAX_FIELD = 65_536
DEFAULT_TYPE = "application/octet-stream"


async def read_json(request: web.Request) -> dict[str, Any]:
    """A body that has to be a JSON object; an empty one counts as `{}`."""
    try:
        body = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError:
        raise errors.bad_body("Body is not valid JSON") from None
    if not isinstance(body, dict):
        raise errors.bad_body("body must be object")
    return body


async def read_upload(request: web.Request) -> Upload:
    """The file of a request, its content still to be read."""
    if request.content_type == "multipart/form-data":
        return await _from_form(await request.multipart())
    encoded = request.headers.get("x-metadata")
    return Upload(
        request.content.iter_chunked(CHUNK),
        request.headers.get("Content-Type", DEFAULT_TYPE),
        request.headers.get("Cache-Control", "no-cache"),
        None if encoded is None else _metadata(_decoded(encoded)),
    )


async def _from_form(form: MultipartReader) -> Upload:
    """Fields come before the file in what the official clients send; what follows it is not read."""
    fields: dict[str, str] = {}
    while part := await form.next():
        if not isinstance(part, BodyPartReader):
            raise errors.bad_body("nested multipart bodies are not supported")
        if part.filename is not None:
            return _from_part(part, fields)
        fields[part.name or ""] = (await part.read_chunk(MAX_FIELD)).decode("utf-8", "replace")
        await part.release()
    raise errors.bad_body("no file was sent")


def _from_part(part: BodyPartReader, fields: dict[str, str]) -> Upload:
    seconds = fields.get("cacheControl", "")
    return Upload(
        _chunks(part),
        part.headers.get("Content-Type", DEFAULT_TYPE),
        f"max-age={seconds}" if seconds.isdecimal() else "no-cache",
        _metadata(fields["metadata"]) if "metadata" in fields else None,
    )


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK):
        yield chunk


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise errors.bad_body("x-metadata is not base64") from None


def _metadata(text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise errors.bad_body("metadata is not valid JSON") from None
    if not isinstance(value, dict):
        raise errors.bad_body("metadata must be an object")
    return value
