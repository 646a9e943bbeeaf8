"""The same routes behind FastAPI and uvicorn, as one would write them there: models in, models out.

The work behind a route is the project's own (identity, handlers, cache, pool), so what differs is the frame around
it. Rate limits, request ids, metrics, security headers and strict parsing are left out: this is the light version.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, Literal

import uvicorn  # type: ignore[import-not-found,unused-ignore]
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request  # type: ignore[import-not-found,unused-ignore]
from pydantic import BaseModel

from aura.identity.refusal import InvalidToken
from aura.settings import load_settings
from aura.telemetry.logs import configure_logging
from aura.telemetry.metrics import Metrics
from handlers.acting import Caller
from handlers.check_listing import Draft, check_draft
from handlers.recommend import recommend, recommendations_version
from handlers.services import open_services
from http_api.context import ApiContext
from http_api.opening import open_context


class Ignoring:
    """Nobody sends hints here."""

    async def offer(self, change: Mapping[str, Any]) -> None:
        """Forget it."""


class Listing(BaseModel):
    """A draft."""

    title: str
    description: str
    condition: str
    images_urls: list[str]
    preferred_swap_categories: list[str]
    locale: str


@asynccontextmanager
async def opened(app: Any) -> AsyncIterator[None]:
    """The project's services, for as long as the application runs."""
    async with AsyncExitStack() as stack:
        settings = load_settings()
        configure_logging(settings.log, environment=settings.environment)
        services = await stack.enter_async_context(open_services(settings, Metrics()))
        app.state.context = await stack.enter_async_context(open_context(services, Ignoring()))
        yield


app: Any = FastAPI(lifespan=opened)


async def caller(request: Request, authorization: Annotated[str, Header()]) -> Caller:
    """Who asks."""
    context: ApiContext = request.app.state.context
    token = authorization.removeprefix("Bearer ")
    try:
        verified = await context.verifier.verify(token)
    except InvalidToken as refusal:
        raise HTTPException(401) from refusal
    return Caller(verified.user_id, token)


@app.get("/api/v1/recommendations/")  # type: ignore[untyped-decorator,unused-ignore]
async def recommendations(
    request: Request,
    person: Annotated[Caller, Depends(caller)],
    kind: Annotated[Literal["combinations", "items"], Query(alias="type")] = "combinations",
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """Outfits."""
    context: ApiContext = request.app.state.context
    if kind == "items":
        raise HTTPException(501)
    version = await recommendations_version(person, context.services)
    advice = await context.cache.answer(
        person.user_id, "advice", version, lambda: recommend(person, context.services, context.pool.run)
    )
    return {
        "recommendations": [
            {"type": "combination", "items": outfit.items, "name": outfit.name} for outfit in advice.outfits[:limit]
        ]
    }


@app.post("/api/v1/swap-market/process-listing")  # type: ignore[untyped-decorator,unused-ignore]
async def process_listing(
    request: Request, person: Annotated[Caller, Depends(caller)], listing: Listing
) -> dict[str, Any]:
    """A review."""
    context: ApiContext = request.app.state.context
    draft = Draft(
        title=listing.title,
        description=listing.description,
        condition=listing.condition,
        images_urls=tuple(listing.images_urls),
        swap_categories=tuple(listing.preferred_swap_categories),
    )
    review = await check_draft(draft, listing.locale, person, context.services, context.pool.run)
    return {"valid": review.valid, "enriched_data": {"suggested_tags": list(review.suggested_tags)}}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
