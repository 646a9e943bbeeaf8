"""Where rate limits are asked: each address before anybody is known, each person once they are.

The tighter of the two is what an answer's ``RateLimit-*`` headers tell.
"""

from __future__ import annotations

from aiohttp import web

from http_api.limiter import Quota, RateLimiter
from http_api.problems import Problem

_QUOTA = web.RequestKey("quota", Quota)


async def count(request: web.Request, limiter: RateLimiter, kind: str, key: str) -> None:
    """Count the request.

    Raises:
        Problem: ``rate_limited`` with ``Retry-After``, when there were too many.
    """
    quota = await limiter.hit(kind, key)
    known = request.get(_QUOTA)
    if known is None or not quota.allowed or quota.remaining <= known.remaining:
        request[_QUOTA] = quota
    if not quota.allowed:
        detail = f"Too many requests: try again in {quota.reset_seconds} s."
        raise Problem("rate_limited", detail, headers={"Retry-After": str(quota.reset_seconds)})


def quota_headers(request: web.Request) -> dict[str, str]:
    """What the answer says about limits; nothing where none was counted."""
    quota = request.get(_QUOTA)
    return quota.headers() if quota is not None else {}
