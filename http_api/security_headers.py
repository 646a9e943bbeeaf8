"""What every answer tells browsers and proxies not to do, whoever made the answer.

The answers are data of one person, never pages: nothing may guess their type, frame them, load anything for them or
keep them. A route that knows better (the documentation's pages, answers with an ETag) sets its own header and wins.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from aiohttp import hdrs, web

# Values after the OWASP REST Security cheat sheet; HSTS for a year, without subdomains, which are not ours.
SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """A signal (``app.on_response_prepare``): adds the headers and takes away the server's banner."""
    secure(response.headers)


def secure(headers: MutableMapping[str, str]) -> None:
    """Add what is missing; drop what says which software answers."""
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers.pop(hdrs.SERVER, None)
