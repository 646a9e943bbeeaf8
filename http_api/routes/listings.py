"""The swap market's route: is this listing fit to be published, and what could it say better?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from aura.market.languages import choose_language
from handlers.check_listing import Draft, check_draft, check_stored_listing
from http_api.operations import Answer, Call, Operation, Reply
from http_api.problems import Problem
from http_api.schemas.listings import (
    EXAMPLE_ID,
    EnrichedData,
    ListingRequest,
    ListingReview,
    ListingViolation,
)

if TYPE_CHECKING:
    from aura.market.review import Review


async def process_listing(call: Call[ListingRequest, None, None]) -> Reply:
    """Review a stored listing or a draft."""
    language = choose_language(call.body.locale, call.request.headers.get("Accept-Language"))
    review = await _review(call, language)
    if review is None:
        raise Problem("not_found", "You have no active listing with this id.")
    return Reply(_answer(review), headers={"Content-Language": language})


async def _review(call: Call[ListingRequest, None, None], language: str) -> Review | None:
    context = call.context
    asked = (language, call.caller, context.services, context.pool.run, context.assistant)
    if call.body.listing_id is not None:
        return await check_stored_listing(str(call.body.listing_id), *asked)
    return await check_draft(_draft(call.body), *asked)


def _draft(body: ListingRequest) -> Draft:
    return Draft(
        title=body.title,
        description=body.description,
        condition=body.condition,
        images_urls=tuple(body.images_urls or ()),
        item_id=str(body.clothing_item_id) if body.clothing_item_id else None,
        swap_categories=tuple(body.preferred_swap_categories or ()),
    )


def _answer(review: Review) -> ListingReview:
    violations = [ListingViolation(**asdict(violation)) for violation in review.violations]
    if not review.valid:
        return ListingReview(valid=False, verdict=review.verdict.value, errors=review.errors, violations=violations)
    return ListingReview(
        valid=True,
        verdict=review.verdict.value,
        message=review.message,
        violations=violations,
        enriched_data=_enriched(review),
    )


def _enriched(review: Review) -> EnrichedData:
    tags = list(review.suggested_tags)
    if review.suggested_title is None:
        return EnrichedData(suggested_tags=tags)
    return EnrichedData(suggested_tags=tags, suggested_title=review.suggested_title)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="processSwapListing",
        method="POST",
        path="/api/v1/swap-market/process-listing",
        summary="Check and enrich a swap listing",
        description=(
            "Checks a listing of the caller's, stored or still a draft: required fields, offensive language, contact "
            "and payment details, counterfeit and prohibited goods, and whether it describes the item it offers. "
            "Nothing is stored. A listing that may not be published is still a 200, with `valid: false` and the "
            "reasons; violations point at the exact characters of the text as it was sent."
        ),
        tag="Swap market",
        handle=process_listing,
        body=ListingRequest,
        answers={200: Answer(ListingReview, "The verdict and what led to it.", {"Content-Language": "en or tr"})},
        problems=("not_found", "overloaded"),
        limit="write",
        request_headers={"Accept-Language": "The language of messages where the body names none."},
        examples={
            "draft": {
                "title": "Vintage denim jacket, size M",
                "description": "Levi's jacket from the nineties, worn with love, no stains.",
                "condition": "good",
                "images_urls": ["https://example.com/storage/v1/object/public/items/jacket.jpg"],
                "clothing_item_id": EXAMPLE_ID,
                "preferred_swap_categories": ["shoes"],
                "locale": "en",
            },
            "stored": {"listing_id": EXAMPLE_ID},
        },
    ),
)
