"""Opens what routes work with, in the order of need, and closes it in the opposite one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from aura.assistant.vertexai import Assistant
from aura.identity.verification import TokenVerifier
from aura.settings import Settings
from handlers.roles import Hints
from handlers.services import Services
from http_api.background import Background
from http_api.cache import AnswerCache
from http_api.context import ApiContext
from http_api.limiter import RateLimiter
from http_api.pool import CpuPool
from http_api.webhook_gate import WebhookGate


@asynccontextmanager
async def open_context(services: Services, hints: Hints) -> AsyncIterator[ApiContext]:
    """The API's part of a process, closed on the way out; the server around it must be stopped by then.

    Raises:
        ConfigurationError: a setting that it needs is missing or wrong.
    """
    settings, api = services.settings, services.settings.api
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        verifier = TokenVerifier.from_settings(settings, session, services.metrics)
        stack.push_async_callback(verifier.aclose)
        limiter = RateLimiter.from_settings(settings, services.metrics)
        stack.push_async_callback(limiter.aclose)
        pool = CpuPool(api.cpu_workers, api.cpu_waiting, services.metrics)
        stack.callback(pool.close)
        background = Background()
        stack.push_async_callback(background.drain, api.grace_seconds)
        cache = AnswerCache(api.cache_entries, api.cache_seconds, time.monotonic, services.metrics)
        stack.push_async_callback(cache.aclose)
        webhooks = WebhookGate.from_settings(settings, services.metrics)
        assistant = await stack.enter_async_context(_assistant(settings))
        yield ApiContext(settings, services, verifier, limiter, cache, pool, background, hints, webhooks, assistant)


@asynccontextmanager
async def _assistant(settings: Settings) -> AsyncIterator[Assistant | None]:
    """The model that suggests, being opened meanwhile; None where the settings ask for none."""
    assistant = Assistant.from_settings(settings)
    if assistant is None:
        yield None
        return
    assistant.open()
    try:
        yield assistant
    finally:
        await assistant.aclose()
