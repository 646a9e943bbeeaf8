"""Analyses an item's current photo and writes what was found onto the row.

Level-triggered: everything is decided from the row as it is now, so it does not matter how often, how late
or by whom this is called. It can be killed at any point: what was paid for is in the cache, the lease ends
by itself, and the row still says that it is outstanding.

A failure is booked in ``analysis_failures``, where the owner can read it, before it is raised.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import structlog

from aura.errors import AuraError, Failure, Transient
from aura.gateway.errors import UNAVAILABLE
from aura.gateway.items import Item, read_item
from aura.photos.identity import photo_identity
from handlers.acting import Acting, Caller, acting_for_item
from handlers.ahead import ahead
from handlers.answers import Question, answer_for, keep
from handlers.failing import book, fail
from handlers.findings import result_of
from handlers.leases import HeldLease, lease_on
from handlers.renewing import answer_on, must_wait
from handlers.services import Services
from handlers.work import Outcome
from handlers.writing import write_result

log = structlog.get_logger(__name__)
# A photo that was replaced while it was analysed is taken up at once, this often.
ROUNDS = 3
# Outcomes of a run that asked the analyzer.
REPEATED = frozenset({"written", "unchanged", "no_garment", "failed"})
# Failures that say nothing about the item: not booked.
NOT_THE_ITEMS = frozenset({UNAVAILABLE, "lease_held"})


async def analyze_item(
    item_id: str,
    services: Services,
    *,
    again: bool = False,
    force: bool = False,
    caller: Caller | None = None,
    owner: str | None = None,
    photo: str | None = None,
) -> Outcome:
    """Bring an item's tags up to its current photo.

    Args:
        again: also when an older version of the analyzer has tagged this photo, or a person was promised that it is
            analysed once more.
        force: even if this very version has tagged it.
        caller: the person who asked; then only their own item is found.
        owner: whose item it is, if known: spares a look-up.
        photo: the address of its photo, if known: spares a wait.

    Raises:
        RetryAt: not now, but at the moment it names; booked, unless it is ``lease_held``.
        Transient: ``database_unavailable``: nothing could be booked.
        ConfigurationError: a setting or key is wrong.
        NotAuthorized: the caller's token was refused.
    """
    started = time.monotonic()
    status = "error"
    try:
        asked = _Asked(item_id, again=again, force=force, photo=photo)
        outcome = await _until_steady(asked, services, caller, owner)
        status = outcome.code or outcome.status
    except Failure as failure:
        status = failure.code
        raise
    finally:
        log.info("item_analysed", item=item_id, outcome=status, ms=round((time.monotonic() - started) * 1000))
    return outcome


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for, and what is guessed about it."""

    item_id: str
    again: bool
    force: bool
    photo: str | None


async def _until_steady(asked: _Asked, services: Services, caller: Caller | None, owner: str | None) -> Outcome:
    outcome = Outcome("gone")
    for _ in range(ROUNDS):
        acting = await acting_for_item(asked.item_id, services, caller, owner)
        if acting is None:
            return Outcome("gone")
        outcome = await _current_photo(asked, acting, services)
        if outcome.status == "gone" and caller is None and owner is not None:
            owner = None  # the hint may be wrong: ask the database whose item it is
        elif outcome.status != "pending":
            return outcome
        asked = replace(asked, photo=None)
    return outcome


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """What was begun about a photo: fetching it, and taking the lease on its item."""

    url: str
    fetched: Awaitable[bytes]
    lease: HeldLease


async def _current_photo(asked: _Asked, acting: Acting, services: Services) -> Outcome:
    async with AsyncExitStack() as stack:
        begun = await _begin(asked.photo, asked.item_id, acting, services, stack, sure=False) if asked.photo else None
        item = await read_item(acting.access(), asked.item_id, acting.owner)
        if item is None:
            return Outcome("gone")
        if (at_once := _without_lease(item, asked, services)) is not None:
            return at_once
        url = item.image_url or ""
        if begun is None:
            begun = await _begin(url, item.id, acting, services, stack, sure=True)
        elif begun.url != url:
            begun.lease.turn_to(photo_identity(url))
            begun = replace(begun, fetched=await _fetch(url, acting, services, stack))
        promised = await _promised(item, begun.lease, services) if asked.again or asked.force else []
        done = None if asked.force else settled(item, services.analyzer.version, again=asked.again)
        if done is not None and not promised:
            return done
        outcome = await _outstanding(item, begun, acting, services, force=asked.force or bool(promised))
        if promised and outcome.status in REPEATED:
            await forget(promised, services)
        return outcome


def _without_lease(item: Item, asked: _Asked, services: Services) -> Outcome | None:
    """How it ends if nothing is to be done about the item, as far as its row can tell."""
    if not item.image_url:
        return Outcome("no_photo")
    if asked.force:
        return None
    if asked.again:  # if there is nobody to ask now, the database lists it again when there is
        return Outcome("unchanged") if must_wait(item, services.chain) else None
    return settled(item, services.analyzer.version, again=False)


async def _promised(item: Item, lease: HeldLease, services: Services) -> list[int]:
    """The notes that the item is to be analysed once more. Read under its lease: who held it before has cleared what
    they have done."""
    await lease.ensure(services.analyzer.timeout)
    return await services.ledger.forced(item.id)


async def forget(promised: list[int], services: Services) -> None:
    """Remove notes of what was done; where the database is away it is done once more."""
    try:
        await services.ledger.clear_forced(promised)
    except Transient as error:
        log.warning("promise_not_cleared", code=error.code)


async def _begin(
    url: str, item_id: str, acting: Acting, services: Services, stack: AsyncExitStack, *, sure: bool
) -> _UnderWay:
    """``sure``: the row has this photo and no tags for it. A guess may cost a fetch, but takes the item from nobody."""
    fetched = await _fetch(url, acting, services, stack)
    lease = await stack.enter_async_context(lease_on(item_id, photo_identity(url), services, at_once=sure))
    return _UnderWay(url, fetched, lease)


async def _fetch(url: str, acting: Acting, services: Services, stack: AsyncExitStack) -> Awaitable[bytes]:
    return await stack.enter_async_context(ahead(services.fetcher.fetch(url, acting.token())))


def settled(item: Item, version: str, *, again: bool) -> Outcome | None:
    """How the item's current photo was settled before; None when there is something to do.

    Args:
        version: the analyzer's; with ``again``, what another version said does not settle it.
    """
    ai_tags = item.ai_tags or {}
    source = ai_tags.get("source")
    if not isinstance(source, dict) or source.get("photo") != photo_identity(item.image_url or ""):
        return None
    if again and source.get("version") != version:
        return None
    if ai_tags.get("status") == "failed":
        return Outcome("failed", code=str(ai_tags.get("code")), message=str(ai_tags.get("message")))
    return Outcome("unchanged")


async def _outstanding(item: Item, begun: _UnderWay, acting: Acting, services: Services, *, force: bool) -> Outcome:
    try:
        return await _analyze(item, begun, acting, services, force=force)
    except Failure as failure:
        if failure.code in NOT_THE_ITEMS:
            raise
        await begun.lease.ensure(0.0)
        return await fail(failure, item, acting, services)
    except AuraError:
        raise
    except Exception:
        await book(Transient("unexpected", "Something unexpected happened; it is in the log."), item, services)
        raise


async def _analyze(item: Item, begun: _UnderWay, acting: Acting, services: Services, *, force: bool) -> Outcome:
    answered = answer_on(item)
    links = services.chain.links_for(answered, force=force)
    question = Question(links, begun.lease, force=force, renewal=answered is not None)
    answer = await answer_for(begun.fetched, question, acting, services)
    result = result_of(
        answer.analysis,
        photo=photo_identity(item.image_url or ""),
        content_hash=answer.content_hash,
        analyzer=answer.link.analyzer,
        analyzed_at=services.clock(),
        duration_ms=answer.duration_ms,
        fallback=answer.link.fallback,
    )
    await services.renewals.note(item, answer.link)
    outcome = await write_result(item, result, acting)
    if not answer.kept:
        await keep(answer, services)
    return outcome
