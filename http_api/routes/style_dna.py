"""The route that computes the caller's style DNA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs

from handlers.style_dna import UNCHANGED, compute_style
from http_api.languages import spoken_language
from http_api.operations import Answer, Call, Operation, Reply
from http_api.problems import Problem
from http_api.schemas.style_dna import StyleAnswer, StyleShare, StyleSummary

# Traits of each kind in the summary.
STRONGEST = 5
CALCULATED = "Style DNA calculated and saved."
UP_TO_DATE = "Style DNA is up to date."


async def calculate_style_dna(call: Call[None, None, None]) -> Reply:
    """Compute, keep and summarise the caller's style DNA."""
    caller, context = call.caller, call.context
    computed = await compute_style(caller.user_id, context.services, caller=caller, aside=context.pool.run)
    if computed.dna is None:
        raise Problem("not_found", "There is no account with this id any more.")
    message = UP_TO_DATE if computed.outcome == UNCHANGED else CALCULATED
    language = spoken_language(call.request.headers.get(hdrs.ACCEPT_LANGUAGE))
    return Reply(
        StyleAnswer(message=message, style_dna=_summary(computed.dna, language)), headers={"Vary": "Accept-Language"}
    )


def _summary(dna: Mapping[str, Any], language: str) -> StyleSummary:
    return StyleSummary(
        summary=dna["summary"][language],
        styles=_strongest(dna, "styles"),
        colors=_strongest(dna, "colors"),
        categories=_strongest(dna, "categories"),
        patterns=_strongest(dna, "patterns"),
        seasons=_strongest(dna, "seasons"),
        brands=_strongest(dna, "brands"),
        formality=dna["formality"]["level"],
        formality_spread=dna["formality"]["spread"],
        variety=dna["variety"],
        signature_items=[entry["id"] for entry in dna["signature_items"]],
        confidence=dna["confidence"],
        counts=dna["counts"],
    )


def _strongest(dna: Mapping[str, Any], trait: str) -> list[StyleShare]:
    return [StyleShare(**entry) for entry in dna[trait][:STRONGEST]]


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="calculateStyleDna",
        method="POST",
        path="/api/v1/ai/calculate-style-dna",
        summary="Calculate the caller's style DNA",
        description=(
            "Computes the style DNA from the caller's items, outfits, likes, comments and choices, and keeps it. The "
            "app reads the whole of it from `profiles.preferred_style.style_dna`; every other key there stays as the "
            "person set it. Nothing is written where nothing changed."
        ),
        tag="AI",
        handle=calculate_style_dna,
        answers={200: Answer(StyleAnswer, "The strongest traits.")},
        problems=("not_found", "unavailable", "overloaded"),
        limit="ai",
        request_headers={"Accept-Language": "The language of the summary: en or tr."},
    ),
)
