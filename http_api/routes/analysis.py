"""The routes that analyse a clothing item and tell how far that is.

An analysis runs in the background even while somebody waits for it: it is paid for, so neither a caller who goes
away nor the request's deadline ends it. Who was not told asks for its status, or simply again.
"""

from __future__ import annotations

import asyncio

from aura.errors import AuraError, Failure
from handlers.analysis_status import AnalysisStatus, analysis_status
from handlers.analyze_now import HELD, Wish, accept, analyze_now
from handlers.services import Services
from handlers.work import Outcome
from http_api.operations import Answer, Call, Operation, Reply
from http_api.preferences import prefers_async
from http_api.problems import KINDS, Problem
from http_api.refusals import problem_of, retry_after
from http_api.schemas.analysis import (
    EXAMPLE_ID,
    AnalysisAccepted,
    AnalysisAnswer,
    AnalysisOptions,
    AnalysisPlace,
    AnalysisRequest,
    AnalysisStatusAnswer,
)

STATUS_PATH = "/api/v1/ai/analyses/{clothing_item_id}"
# Seconds kept back for the answer itself, so that it is ours and not the dispatcher's deadline.
FOR_THE_ANSWER = 1.0
LOOK_AGAIN_SECONDS = 5.0
UNKNOWN = "You have no item with this id."
GOES_ON = "The analysis takes longer than this request may; it goes on, and its status tells how it ends."
MESSAGES = {
    "written": "Item analyzed and updated successfully.",
    "no_garment": "No garment was found on the photo.",
    "unchanged": "This photo was analyzed before; nothing was changed.",
}
REPEATED = "The photo was analyzed again; nothing changed."
PHOTO_PROBLEMS = (
    "no_photo",
    "unreadable_photo",
    "photo_too_large",
    "photo_host_not_allowed",
    "photo_missing",
    "photo_gone",
    "photo_blocked",
    "photo_unsupported_type",
)

Analysis = Call[AnalysisRequest, AnalysisOptions, None]


async def analyze_clothing_item(call: Analysis) -> Reply:
    """Analyse now and wait, or take the analysis on and say where to ask."""
    wish = Wish(str(call.body.clothing_item_id), call.caller, call.query.force, _left(call))
    later = prefers_async(call.request.headers.getall("Prefer", ()))
    return await (_accepted(call, wish) if later else _awaited(call, wish))


async def analysis_status_of(call: Call[None, None, AnalysisPlace]) -> Reply:
    """How far the analysis of one of the caller's items is."""
    status = await analysis_status(str(call.path.clothing_item_id), call.context.services, call.caller)
    if status is None:
        raise Problem("not_found", UNKNOWN)
    return Reply(_status(status))


async def _awaited(call: Analysis, wish: Wish) -> Reply:
    running = call.context.background.start(_attempt(wish, call.context.services), f"analysis of {wish.item_id}")
    await asyncio.wait({running}, timeout=_left(call))
    if not running.done():
        raise Problem("analyzer_timeout", GOES_ON, headers=retry_after(LOOK_AGAIN_SECONDS))
    ended = running.result()
    if isinstance(ended, AuraError):
        raise _refusal(ended, call.context.services)
    return _answer(ended, force=wish.force)


async def _accepted(call: Analysis, wish: Wish) -> Reply:
    services = call.context.services
    done = await accept(wish, services)
    if done is not None:
        return _answer(done, force=wish.force)
    call.context.background.start(_attempt(wish, services), f"analysis of {wish.item_id}")
    place = STATUS_PATH.format(clothing_item_id=wish.item_id)
    body = AnalysisAccepted(
        message="The analysis was accepted.", clothing_item_id=call.body.clothing_item_id, status_url=place
    )
    return Reply(body, 202, {"Location": place, "Preference-Applied": "respond-async"})


async def _attempt(wish: Wish, services: Services) -> Outcome | AuraError:
    """The analysis; how it fails is part of the answer (and of the handler's log), not of the background's."""
    try:
        return await analyze_now(wish, services)
    except AuraError as error:
        return error


def _left(call: Analysis) -> float:
    """Seconds in which the answer must be known."""
    return max(0.0, call.deadline - asyncio.get_running_loop().time() - FOR_THE_ANSWER)


def _refusal(error: AuraError, services: Services) -> Problem:
    """What the caller is told about an analysis that did not end well, for now."""
    problem = problem_of(error, services.clock())
    code = error.code if isinstance(error, Failure) else problem.code
    if code in (HELD, "analyzer_timeout"):
        return Problem("analyzer_timeout", GOES_ON, headers=problem.headers)
    if code == "analyzer_bad_answer":
        return Problem("analyzer_unavailable", "The analyzer gave no usable answer.", headers=problem.headers)
    return problem


def _answer(outcome: Outcome, *, force: bool) -> Reply:
    if outcome.status == "gone":
        raise Problem("not_found", UNKNOWN)
    if outcome.status == "no_photo":
        raise Problem("no_photo", "The item has no photo yet.")
    if outcome.status == "failed":
        raise _unfit(outcome)
    if outcome.status == "pending":
        raise Problem("unavailable", "The item kept changing; try again.", headers=retry_after(LOOK_AGAIN_SECONDS))
    message = REPEATED if force and outcome.status == "unchanged" else MESSAGES[outcome.status]
    return Reply(AnalysisAnswer(message=message, updated_fields=list(outcome.fields)))


def _unfit(outcome: Outcome) -> Problem:
    """A photo that failed for good; a code from another version of this program is told in its message alone."""
    code = outcome.code if outcome.code in PHOTO_PROBLEMS else "unreadable_photo"
    return Problem(code, outcome.message or KINDS[code].title)


def _status(status: AnalysisStatus) -> AnalysisStatusAnswer:
    return AnalysisStatusAnswer(
        status=status.status,
        code=status.code,
        message=status.message,
        updated_fields=list(status.updated_fields),
        next_attempt_at=status.next_attempt_at,
    )


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="analyzeClothingItem",
        method="POST",
        path="/api/v1/ai/analyze-clothing-item",
        summary="Analyse an item's photo",
        description=(
            "Tags the photo of one of the caller's items and writes what was found onto the item; words that the "
            "person wrote stay. The daemon does the same by itself soon after an upload: if it is at it, this waits "
            "and tells what it wrote, and no photo is analysed twice. A photo that was analysed before is left alone "
            "unless `force` is true. With `Prefer: respond-async` the answer comes at once and the analysis's status "
            "tells the rest."
        ),
        tag="AI",
        handle=analyze_clothing_item,
        body=AnalysisRequest,
        query=AnalysisOptions,
        answers={
            200: Answer(AnalysisAnswer, "It ended: what was written."),
            202: Answer(
                AnalysisAccepted,
                "It was taken on (`Prefer: respond-async`).",
                {"Location": "Where its status is.", "Preference-Applied": "respond-async"},
            ),
        },
        problems=(
            "not_found",
            *PHOTO_PROBLEMS,
            "daily_limit",
            "analyzer_quota",
            "unavailable",
            "shutting_down",
            "analyzer_unavailable",
            "photo_unreachable",
            "analyzer_timeout",
        ),
        limit="ai",
        request_headers={"Prefer": "`respond-async`: do not wait for the end."},
        examples={"item": {"clothing_item_id": EXAMPLE_ID}},
    ),
    Operation(
        name="getAnalysisStatus",
        method="GET",
        path=STATUS_PATH,
        summary="How far an analysis is",
        description=(
            "The state of the analysis of an item's current photo, whoever runs it. `pending` with a code and "
            "`next_attempt_at` means that it failed for now and is tried again."
        ),
        tag="AI",
        handle=analysis_status_of,
        path_parameters=AnalysisPlace,
        answers={200: Answer(AnalysisStatusAnswer, "The state as it is now.")},
        problems=("not_found", "unavailable"),
    ),
)
