"""The recommendations' route: outfits from one's own wardrobe, or what it lacks.

An answer is computed once for each state of a wardrobe and then kept; with every request the database is asked for
nothing but that state's version. Apps may keep answers too, but must ask each time whether they still hold (ETag).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from hashlib import sha256
from typing import TypeAlias

from aiohttp import hdrs, web

from aura.stylist.advice import VERSION as ADVICE
from aura.stylist.advice import Outfit
from aura.stylist.purchases import VERSION as PURCHASES
from aura.stylist.purchases import Idea
from aura.stylist.wishes import Occasion, Wish
from aura.vision.vocabulary import Season
from handlers.recommend import recommend, recommendations_version
from handlers.suggest_items import suggest_items
from http_api.languages import spoken_language
from http_api.operations import Answer, Call, Operation, Reply
from http_api.schemas.recommendations import (
    MOST,
    ItemIdea,
    MissingPart,
    Reason,
    Recommendations,
    RecommendationsQuery,
    RecommendedCombination,
    RecommendedItem,
)

# How many outfits are computed and kept: the limit chooses from them, and few cost less than all.
FEW = 10
# Of each kind of question, the version of the answer.
OUTFITS, ITEMS = f"advice/{ADVICE}", f"purchases/{PURCHASES}"
ANY = "*"
Recommending: TypeAlias = Call[None, RecommendationsQuery, None]


async def get_recommendations(call: Recommending) -> Reply:
    """Answer from what is kept, if the wardrobe is still the same."""
    wish = _wish(call.query, call.context.services.clock().date())
    language = spoken_language(call.request.headers.get(hdrs.ACCEPT_LANGUAGE))
    find = _outfits if call.query.type == "combinations" else _items
    answer = await find(call, wish, language)
    tag = _tag(call.caller.user_id, answer)
    headers = {"ETag": f'W/"{tag}"', "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}
    if _has(call.request, tag):
        return Reply(None, status=304, headers=headers)
    return Reply(answer, headers=headers)


async def _outfits(call: Recommending, wish: Wish, language: str) -> Recommendations:
    caller, context, pool = call.caller, call.context, call.context.pool
    version = await recommendations_version(caller, context.services)
    most = FEW if call.query.limit <= FEW else MOST
    advice = await context.cache.answer(
        caller.user_id,
        f"{_question(OUTFITS, wish, language)}/{most}",
        version,
        lambda: pool.in_turn(lambda: recommend(caller, context.services, pool.run, wish, language, most)),
    )
    return Recommendations(
        recommendations=[_combination(each) for each in advice.outfits[: call.query.limit]],
        missing=[MissingPart(**asdict(each)) for each in advice.missing],
        optimality_gap=advice.gap,
    )


async def _items(call: Recommending, wish: Wish, language: str) -> Recommendations:
    caller, context, pool = call.caller, call.context, call.context.pool
    shelf = await context.services.catalogue.shelf()
    version = await recommendations_version(caller, context.services)
    found = await context.cache.answer(
        caller.user_id,
        _question(ITEMS, wish, language),
        f"{version}/{shelf.version}",
        lambda: pool.in_turn(lambda: suggest_items(caller, context.services, pool.run, wish, shelf, language)),
    )
    return Recommendations(
        recommendations=[_item(each) for each in found.ideas[: call.query.limit]],
        missing=[MissingPart(**asdict(each)) for each in found.missing],
        optimality_gap=0.0,
    )


def _wish(query: RecommendationsQuery, today: date) -> Wish:
    return Wish(
        day=query.day or today,
        occasion=None if query.occasion is None else Occasion(query.occasion),
        season=None if query.season is None else Season(query.season),
        temperature_c=query.temperature_c,
        anchor=None if query.anchor_item_id is None else str(query.anchor_item_id),
        without=frozenset((query.exclude_item_ids or "").lower().split(",")) - {""},
    )


def _question(kind: str, wish: Wish, language: str) -> str:
    """In a form of its own for each different answer; short, however much is left out."""
    asked = (wish.day, wish.occasion, wish.season, wish.temperature_c, wish.anchor, sorted(wish.without), language)
    return f"{kind}/{sha256(repr(asked).encode()).hexdigest()[:32]}"


def _combination(outfit: Outfit) -> RecommendedCombination:
    why = [Reason(**each._asdict()) for each in outfit.why]
    return RecommendedCombination(type="combination", items=outfit.items, name=outfit.name, score=outfit.score, why=why)


def _item(idea: Idea) -> RecommendedItem:
    product = idea.product
    item = ItemIdea(
        name=idea.name,
        description=idea.description,
        image_url=product and product.image_url,
        affiliate_link=product and product.affiliate_link,
        brand=product and product.brand,
        price=product and product.price,
        currency=product and product.currency,
        unlocks=idea.unlocks,
        goes_with=idea.goes_with,
    )
    return RecommendedItem(type="item", item=item)


def _tag(user: str, answer: Recommendations) -> str:
    """Names what is answered and to whom: nobody's tag ever fits another person's answer."""
    return sha256(f"{user}\n{answer.model_dump_json()}".encode()).hexdigest()[:32]


def _has(request: web.Request, tag: str) -> bool:
    """Whether the app already has this answer (RFC 9110, section 13.1.2; compared weakly)."""
    if request.headers.get(hdrs.IF_NONE_MATCH, "").strip() == ANY:
        return True
    return any(each.value == tag for each in request.if_none_match or ())


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="getRecommendations",
        method="GET",
        path="/api/v1/recommendations/",
        aliases=("/api/v1/recommendations",),
        summary="Outfits to wear, or pieces worth getting",
        description=(
            "`combinations`: outfits from the caller's own wardrobe: a top with a bottom or one piece for the whole "
            "body, shoes where there are any, an outer layer as the weather asks, and up to three accessories as "
            "weather and occasion ask. They are the best by the score that `why` explains (colours, patterns, "
            "formality, weather, occasion, wear, accessories and what is known of the person), chosen to differ from "
            "each other. Items that are offered for swapping are left out. `items`: single pieces that would open the"
            " most good new outfits with what is there, unlike each other; products of the shop where it sells what "
            "comes close. Equal wardrobes get equal answers. A wardrobe that makes no outfit gets an empty list, and "
            "`missing` says what it lacks."
        ),
        tag="Recommendations",
        handle=get_recommendations,
        query=RecommendationsQuery,
        answers={
            200: Answer(
                Recommendations,
                "What is recommended, in order of proposal.",
                {"ETag": "Names this answer.", "Cache-Control": "private, no-cache: to be asked for again each time."},
            ),
            304: Answer(None, "The answer that If-None-Match names still holds.", {"ETag": "Names the answer."}),
        },
        problems=("overloaded",),
        request_headers={
            "If-None-Match": "ETags of answers that the app has kept.",
            "Accept-Language": "The language of names and reasons: en or tr.",
        },
    ),
)
