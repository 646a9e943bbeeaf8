"""The recommendations' route: outfits from one's own wardrobe, or what it lacks.

An answer is computed once for each state of a wardrobe and then kept; with every request the database is asked for
nothing but that state's version. Apps may keep answers too, but must ask each time whether they still hold (ETag).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from hashlib import sha256

from aiohttp import hdrs, web

from aura.market.languages import choose_language
from aura.stylist.advice import VERSION, Advice, Outfit
from aura.stylist.gaps import Gap
from aura.stylist.speech import DEFAULT, languages
from aura.stylist.wishes import Occasion, Wish
from aura.vision.vocabulary import Season
from handlers.recommend import recommend, recommendations_version
from http_api.operations import Answer, Call, Operation, Reply
from http_api.schemas.recommendations import (
    ItemIdea,
    MissingPart,
    Reason,
    Recommendations,
    RecommendationsQuery,
    RecommendedCombination,
    RecommendedItem,
)

# Everything the stylist says about a wardrobe is one answer; type and limit choose from it.
QUESTION = f"advice/{VERSION}"
ANY = "*"


async def get_recommendations(call: Call[None, RecommendationsQuery, None]) -> Reply:
    """Answer from what is kept, if the wardrobe is still the same."""
    caller, context = call.caller, call.context
    wish = _wish(call.query, context.services.clock().date())
    language = _language(call.request.headers.get(hdrs.ACCEPT_LANGUAGE))
    version = await recommendations_version(caller, context.services)
    advice = await context.cache.answer(
        caller.user_id,
        _question(wish, language),
        version,
        lambda: recommend(caller, context.services, context.pool.run, wish, language),
    )
    answer = _answer(advice, call.query)
    tag = _tag(caller.user_id, answer)
    headers = {"ETag": f'W/"{tag}"', "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}
    if _has(call.request, tag):
        return Reply(None, status=304, headers=headers)
    return Reply(answer, headers=headers)


def _wish(query: RecommendationsQuery, today: date) -> Wish:
    return Wish(
        day=query.day or today,
        occasion=None if query.occasion is None else Occasion(query.occasion),
        season=None if query.season is None else Season(query.season),
        temperature_c=query.temperature_c,
        anchor=None if query.anchor_item_id is None else str(query.anchor_item_id),
        without=frozenset((query.exclude_item_ids or "").lower().split(",")) - {""},
    )


def _language(accepted: str | None) -> str:
    language = choose_language(None, accepted)
    return language if language in languages() else DEFAULT


def _question(wish: Wish, language: str) -> str:
    """In a form of its own for each different answer; short, however much is left out."""
    asked = (wish.day, wish.occasion, wish.season, wish.temperature_c, wish.anchor, sorted(wish.without), language)
    return f"{QUESTION}/{sha256(repr(asked).encode()).hexdigest()[:32]}"


def _answer(advice: Advice, query: RecommendationsQuery) -> Recommendations:
    combinations = [_combination(each) for each in advice.outfits[: query.limit]]
    items = [_item(each) for each in advice.gaps[: query.limit]]
    return Recommendations(
        recommendations=combinations if query.type == "combinations" else items,
        missing=[MissingPart(**asdict(each)) for each in advice.missing],
        optimality_gap=advice.gap,
    )


def _combination(outfit: Outfit) -> RecommendedCombination:
    why = [Reason(**asdict(each)) for each in outfit.why]
    return RecommendedCombination(type="combination", items=outfit.items, name=outfit.name, score=outfit.score, why=why)


def _item(gap: Gap) -> RecommendedItem:
    idea = ItemIdea(
        name=gap.name, description=gap.description, image_url=None, affiliate_link=None, unlocks=gap.unlocks
    )
    return RecommendedItem(type="item", item=idea)


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
            "body, shoes where there are any, an outer layer as the weather asks. They are the best by the score that "
            "`why` explains (colours, patterns, formality, weather, occasion, wear and what is known of the person), "
            "chosen to differ from each other. Items that are offered for swapping are left "
            "out. `items`: the kinds of piece that would open the most new outfits. Equal wardrobes get equal "
            "answers. A wardrobe that makes no outfit gets an empty list, and `missing` says what it lacks."
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
