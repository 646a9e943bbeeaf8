"""Analyses an item for a person who waits for the answer.

The same handler as the daemon's does it, as the person, under the same lease. Where somebody else holds the lease
(the daemon, or a second request), nothing is analysed twice: this waits until they are through and tells what they
wrote. What a person asked for is not forgotten when it fails for now: it is admitted, so that a daemon goes on.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from tenacity import AsyncRetrying, RetryError, retry_if_result, stop_after_delay, wait_exponential

from aura.errors import RetryAt, Transient
from aura.gateway.analysis_state import AnalysisState, LastFailure, read_state
from aura.photos.identity import photo_identity
from handlers.acting import Acting, Caller
from handlers.analyze_item import analyze_item, forget, settled
from handlers.leases import LOOK_AGAIN_SECONDS
from handlers.services import Services
from handlers.work import Outcome
from handlers.written import written_between

# Seconds between two looks at a run of somebody else: the first and the longest.
FIRST_LOOK, LONGEST_LOOK = 0.1, 1.0
HELD = "lease_held"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for: their item, to be analysed (again, with ``force``), within ``patience`` seconds.

    Patience bounds the waiting for somebody else's run alone. A run of one's own goes on to its end: it is paid for.
    """

    item_id: str
    caller: Caller
    force: bool = False
    patience: float = 30.0


async def analyze_now(wish: Wish, services: Services) -> Outcome:
    """Analyse the item, or wait for whoever does.

    Returns:
        How it ended; ``fields`` are the columns that were truly written, by this run or by the one waited for.
        ``unchanged`` without fields: it was analysed before, or again with the same result.

    Raises:
        RetryAt: not now; ``lease_held`` when somebody else was still at it after ``patience``.
        Transient: ``database_unavailable``.
        NotAuthorized: the caller's token was refused.
    """
    acting = Acting(services, wish.caller.user_id, wish.caller)
    before = await read_state(acting.access(), wish.item_id)
    if before is None:
        return Outcome("gone")
    known = _known(before, wish, services)
    if known is not None:
        return known
    promised = await services.ledger.admit_forced(wish.item_id) if wish.force else []
    try:
        return await _Asking(wish, before, acting, services, promised).answer()
    except RetryAt:
        with suppress(Transient):  # what stood in the way is the answer, not that this could not be noted either
            await services.ledger.admit_item(wish.item_id)
        raise


async def accept(wish: Wish, services: Services) -> Outcome | None:
    """Take on an analysis that nobody waits for.

    Returns:
        None when there is something to do: it is noted in the database, so a daemon does it even if this process is
        killed. Else how the item stands.
    """
    acting = Acting(services, wish.caller.user_id, wish.caller)
    state = await read_state(acting.access(), wish.item_id)
    if state is None:
        return Outcome("gone")
    known = _known(state, wish, services)
    if known is None and wish.force:
        await services.ledger.admit_forced(wish.item_id)
    elif known is None:
        await services.ledger.admit_item(wish.item_id)
    return known


def _known(state: AnalysisState, wish: Wish, services: Services) -> Outcome | None:
    """How the item stands if nothing is to be done about it; None when there is something to do."""
    if not state.item.image_url:
        return Outcome("no_photo")
    return None if wish.force else settled(state.item, services.analyzer.version, again=False)


class _Asking:
    """One person's question about one item, from the first look at the row to the answer."""

    def __init__(
        self, wish: Wish, before: AnalysisState, acting: Acting, services: Services, promised: list[int]
    ) -> None:
        self._wish = wish
        self._before = before
        self._acting = acting
        self._services = services
        self._promised = promised
        self._give_up = asyncio.get_running_loop().time() + wish.patience

    async def answer(self) -> Outcome:
        """The outcome of a run of our own, or of somebody else's that was under way."""
        outcome: Outcome | None = None
        while outcome is None:
            outcome = await self._own_run() or await self._others_run()
        return outcome

    async def _own_run(self) -> Outcome | None:
        """None: somebody else holds the lease."""
        wish = self._wish
        try:
            outcome = await analyze_item(wish.item_id, self._services, force=wish.force, caller=wish.caller)
        except RetryAt as refused:
            if refused.code != HELD:
                raise
            return None
        return await self._credited(outcome)

    async def _credited(self, outcome: Outcome) -> Outcome:
        """Nothing was left to do: what somebody wrote since we first looked is the answer."""
        version = self._services.analyzer.version
        if outcome.status != "unchanged" or settled(self._before.item, version, again=False):
            return outcome
        after = await read_state(self._acting.access(), self._wish.item_id)
        return Outcome("gone") if after is None else ended(self._before, after)

    async def _others_run(self) -> Outcome | None:
        """What the holder of the lease made of the item; None: nothing, so it is our turn."""
        after = await self._until_free()
        if after is None:
            return Outcome("gone")
        before = self._before
        if _photo(after) != _photo(before):
            return None
        if after.failure is not None and _is_new(after.failure, before.failure):
            return _failed(after.failure, before, after)
        if settled(after.item, self._services.analyzer.version, again=False) is None:
            return None
        if self._wish.force and after.abandoned:
            return None
        if self._promised:
            await forget(self._promised, self._services)  # their run is the one that was asked for
        return ended(before, after)

    async def _until_free(self) -> AnalysisState | None:
        """The first look at which nobody holds the lease."""
        left = self._give_up - asyncio.get_running_loop().time()
        looking = AsyncRetrying(
            retry=retry_if_result(_running),
            wait=wait_exponential(multiplier=FIRST_LOOK, max=LONGEST_LOOK),
            stop=stop_after_delay(max(0.0, left)),
        )
        try:
            return await looking(read_state, self._acting.access(), self._wish.item_id)
        except RetryError:
            at = self._services.clock() + timedelta(seconds=LOOK_AGAIN_SECONDS)
            raise RetryAt(HELD, "This item is still being analysed.", at) from None


def ended(before: AnalysisState, after: AnalysisState) -> Outcome:
    """How a run ended that made ``after`` of ``before``; the photo of ``after`` is settled."""
    tags = after.item.ai_tags or {}
    fields = written_between(before.item, after.item)
    if tags.get("status") == "failed":
        return Outcome("failed", fields, code=str(tags.get("code")), message=str(tags.get("message")))
    if not fields:
        return Outcome("unchanged")
    return Outcome("no_garment" if tags.get("status") == "no_garment" else "written", fields)


def _failed(failure: LastFailure, before: AnalysisState, after: AnalysisState) -> Outcome:
    if not failure.permanent:
        raise RetryAt(failure.code, failure.message, failure.next_attempt_at)
    fields = written_between(before.item, after.item)
    return Outcome("failed", fields, code=failure.code, message=failure.message)


def _is_new(failure: LastFailure, before: LastFailure | None) -> bool:
    return before is None or failure.failed_at != before.failed_at


def _photo(state: AnalysisState) -> str:
    return photo_identity(state.item.image_url or "")


def _running(state: AnalysisState | None) -> bool:
    return state is not None and state.running
