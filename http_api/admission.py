"""Where the sender of a signed request is judged: after its body was read, before anything in it is believed."""

from __future__ import annotations

from aiohttp import web

from aura.identity.webhook_signature import Proof
from http_api.context import ApiContext
from http_api.limits import count
from http_api.operations import Operation

PROOF = web.RequestKey("proof", Proof)
# All who know the secret are one; nobody else uses up their limit.
_SENDER = "all"


async def admit_signed(operation: Operation, request: web.Request, body: bytes, context: ApiContext) -> None:
    """Leave the sender's proof in the request; nothing happens for operations of other kinds.

    Raises:
        Problem: ``webhook_closed``, ``webhook_refused`` or ``rate_limited``.
    """
    if operation.access == "signed":
        request[PROOF] = context.webhooks.admit(request, body)
        await count(request, context.limiter, operation.limit, _SENDER)
