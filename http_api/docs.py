"""The API's own description: the OpenAPI document, two pages that show it, and at ``/`` where they are.

Swagger UI tries requests out, ReDoc reads well. Both come from this package and load nothing from other servers;
their Content-Security-Policy says so to the browser, and allows no script but files of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from aura import __version__
from http_api.openapi import openapi_document
from http_api.openapi.words import TITLE
from http_api.operations import Operation
from http_api.static_files import StaticFile

ROOT, DOCUMENT, SWAGGER, REDOC, ASSETS = "/", "/openapi.json", "/docs", "/redoc", "/docs/assets"
FOLDER = Path(__file__).parent / "assets"
HTML = "text/html"
# What both pages may do: show themselves, and ask this very server.
_BASE = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
_FRAMES = "frame-ancestors 'none'"
# Swagger UI draws its arrows from data: addresses.
SWAGGER_POLICY = f"{_BASE}style-src 'self'; img-src 'self' data:; {_FRAMES}"
# ReDoc writes its style sheets while it runs, and searches in a worker that it makes itself.
REDOC_POLICY = f"{_BASE}style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src blob:; {_FRAMES}"
_ASK_AGAIN = {"Cache-Control": "no-cache"}
_A_DAY = {"Cache-Control": "public, max-age=86400"}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
_PACKED = ("swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js")
_PLAIN = ("docs.js", "redoc.js", "pages.css", "favicon.png")


def add_docs(app: web.Application, operations: Sequence[Operation], *, pages: bool) -> Mapping[str, str]:
    """Serve the document of these operations and, where ``pages``, what shows it.

    Returns:
        The paths that are served.
    """
    files = {ROOT: _pointer(pages=pages), DOCUMENT: _document(operations)}
    if pages:
        files |= {
            SWAGGER: _page("docs.html", SWAGGER_POLICY),
            REDOC: _page("redoc.html", REDOC_POLICY),
            **{f"{ASSETS}/{name}": _asset(name) for name in (*_PACKED, *_PLAIN)},
        }
    for path, file in files.items():
        app.router.add_get(path, _answering(file))
    return {path: path for path in files}


def _answering(file: StaticFile) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await file.answer(request)

    return answer


def _pointer(*, pages: bool) -> StaticFile:
    """What somebody finds who opens the bare address: what this is and where it is described."""
    places = {"openapi": DOCUMENT} | ({"docs": SWAGGER, "redoc": REDOC} if pages else {})
    said = {"name": TITLE, "version": __version__, **places}
    return StaticFile.of(orjson.dumps(said), "application/json", headers=dict(_ASK_AGAIN))


def _document(operations: Sequence[Operation]) -> StaticFile:
    return StaticFile.of(orjson.dumps(openapi_document(operations)), "application/json", headers=dict(_ASK_AGAIN))


def _page(name: str, policy: str) -> StaticFile:
    headers = {**_ASK_AGAIN, "Content-Security-Policy": policy}
    return StaticFile.of((FOLDER / name).read_bytes(), HTML, headers=headers)


def _asset(name: str) -> StaticFile:
    packed = name in _PACKED
    content = (FOLDER / (f"{name}.gz" if packed else name)).read_bytes()
    return StaticFile.of(content, _TYPES[Path(name).suffix], packed=packed, headers=dict(_A_DAY))
