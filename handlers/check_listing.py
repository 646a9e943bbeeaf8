"""Checks a swap listing, stored or still a draft, for the person whose it is.

Only what the check needs is read, as the caller; thinking is ``aura.market``'s and is done where ``run`` puts it,
because it may take longer than an event loop should be held. A model may be asked for further suggestions, about
listings that are allowed as they are: it is given a short time, and the answer goes without it where it has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aura.errors import Permanent
from aura.gateway.listings import StoredListing, is_listed, read_listed_item, read_listing
from aura.gateway.rest import Access, Row
from aura.market.listing import Image, LinkedItem, Listing
from aura.photos.target import AllowList
from handlers.acting import Acting, Caller
from handlers.services import Services
from handlers.suggest_listing import Asking, Run, suggested

if TYPE_CHECKING:
    from aura.assistant.vertexai import Assistant
    from aura.market.review import Review


@dataclass(frozen=True, slots=True)
class Draft:
    """A listing as the app sends it before it is stored; ``listing_id`` is None for a new one."""

    title: str | None = None
    description: str | None = None
    condition: str | None = None
    images_urls: tuple[str, ...] = ()
    item_id: str | None = None
    swap_categories: tuple[str, ...] = ()
    listing_id: str | None = None


async def check_stored_listing(
    listing_id: str, language: str, caller: Caller, services: Services, run: Run, assistant: Assistant | None = None
) -> Review | None:
    """The review of an active listing of the caller's; None when they have no such listing. Raises as below."""
    access = Acting(services, caller.user_id, caller).access()
    stored = await read_listing(access, listing_id, caller.user_id)
    if stored is None:
        return None
    listing = await _listing(_draft(stored), access, caller, services)
    return await _reviewed(listing, language, caller, services, run, assistant)


async def check_draft(
    draft: Draft, language: str, caller: Caller, services: Services, run: Run, assistant: Assistant | None = None
) -> Review:
    """The review of a draft.

    Args:
        language: one of ``aura.market.languages.languages()``.
        run: computes ``function(listing, language)`` off the event loop.
        assistant: a model to ask for further suggestions.

    Raises:
        Transient: the database is away or refused something.
        ConfigurationError: a setting or key is wrong.
    """
    access = Acting(services, caller.user_id, caller).access()
    listing = await _listing(draft, access, caller, services)
    return await _reviewed(listing, language, caller, services, run, assistant)


async def _reviewed(
    listing: Listing, language: str, caller: Caller, services: Services, run: Run, assistant: Assistant | None
) -> Review:
    review = await run(_review, listing, language)
    if assistant is None or not review.valid:
        return review
    return await suggested(review, listing, language, Asking(caller.user_id, services, assistant, run))


async def _listing(draft: Draft, access: Access, caller: Caller, services: Services) -> Listing:
    item = await _linked_item(draft, access, caller.user_id)
    return Listing(
        title=draft.title,
        description=draft.description,
        condition=draft.condition,
        images=_images(draft.images_urls, services),
        item_id=draft.item_id,
        item=item,
        swap_categories=draft.swap_categories,
    )


def _review(listing: Listing, language: str) -> Review:
    """Review a listing where it may take long: what is imported here reads dictionaries for half a second."""
    from aura.market.review import review_listing

    return review_listing(listing, language)


async def _linked_item(draft: Draft, access: Access, owner: str) -> LinkedItem | None:
    if draft.item_id is None:
        return None
    row = await read_listed_item(access, draft.item_id, owner)
    if row is None:
        return None
    listed = await is_listed(access, draft.item_id, owner, besides=draft.listing_id)
    return _item(row, listed=listed)


def _item(row: Row, *, listed: bool) -> LinkedItem:
    return LinkedItem(
        id=row["id"],
        listed=listed,
        category=row["category"],
        color=row["color"],
        pattern=row["pattern"],
        brand=row["brand"],
        tags=tuple(tag for tag in row["tags"] or () if tag is not None),
        ai_tags=row["ai_tags"] if isinstance(row["ai_tags"], dict) else None,
    )


def _images(urls: Iterable[str], services: Services) -> tuple[Image, ...]:
    photos = services.settings.photos
    allowed = AllowList(
        services.settings.required("supabase", "url"),
        photos.allowed_hosts,
        allow_private=photos.allow_private_hosts,
    )
    return tuple(Image(url, _is_allowed(allowed, url)) for url in urls)


def _is_allowed(allowed: AllowList, url: str) -> bool:
    try:
        allowed.target(url)
    except Permanent:
        return False
    return True


def _draft(stored: StoredListing) -> Draft:
    return Draft(
        title=stored.title,
        description=stored.description,
        condition=stored.condition,
        images_urls=stored.images_urls,
        item_id=stored.item_id,
        swap_categories=stored.swap_categories,
        listing_id=stored.id,
    )
