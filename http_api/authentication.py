"""Finds the caller's access token in a request and turns it into the caller, or into a 401 that says what to do.

The token comes in exactly one ``Authorization: Bearer`` header and nowhere else: one in the query string would
end up in logs, two headers would be read differently by a proxy and by us. Answers follow RFC 6750, section 3;
they never repeat anything that was sent.
"""

from __future__ import annotations

import math
import re

from aiohttp import hdrs, web

from aura.identity.jwks import KeysUnavailable
from aura.identity.refusal import InvalidToken
from aura.identity.verification import TokenVerifier
from handlers.acting import Caller
from http_api.problems import Problem

REALM = "aura"
# One scheme (its case does not matter, RFC 9110, 11.1), one space, one token68; no lists, no parameters.
BEARER = re.compile(r"(?i:bearer) (?P<token>[A-Za-z0-9._~+/-]+=*)", re.ASCII)
RETRY_SECONDS = 2.0


async def authenticate(request: web.Request, verifier: TokenVerifier) -> Caller:
    """The person who asks.

    Raises:
        Problem: ``unauthorized`` (401, with the challenge) or, where the project hands out no keys, ``unavailable``.
    """
    token = bearer_token(request.headers.getall(hdrs.AUTHORIZATION, []))
    try:
        verified = await verifier.verify(token)
    except InvalidToken as error:
        raise unauthorized(error.description, "invalid_token") from None
    except KeysUnavailable:
        raise Problem(
            "unavailable",
            "Access tokens cannot be checked just now, because the project does not hand out its keys.",
            headers={hdrs.RETRY_AFTER: str(math.ceil(RETRY_SECONDS))},
        ) from None
    return Caller(verified.user_id, token)


def bearer_token(headers: list[str]) -> str:
    """The token in a request's Authorization headers.

    Raises:
        Problem: ``unauthorized``; without an error code where nobody tried to authenticate.
    """
    if not headers:
        raise unauthorized("An access token is needed: Authorization: Bearer <token>")
    found = BEARER.fullmatch(headers[0])
    if len(headers) > 1 or found is None:
        raise unauthorized(
            "There must be exactly one header of the form Authorization: Bearer <token>", "invalid_request"
        )
    return found["token"]


def unauthorized(description: str, error: str | None = None) -> Problem:
    """A 401 with its challenge.

    Args:
        description: one fixed ASCII sentence without quotes; the problem's detail too.
        error: ``invalid_token`` or ``invalid_request``; None where no token was sent (RFC 6750, 3.1).
    """
    challenge = f'Bearer realm="{REALM}"'
    if error is not None:
        challenge += f', error="{error}", error_description="{description}"'
    return Problem("unauthorized", f"{description}.", headers={hdrs.WWW_AUTHENTICATE: challenge})
