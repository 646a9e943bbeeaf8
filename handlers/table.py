"""Which handler does which kind of work."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.analyze_item import analyze_item
from handlers.services import Handler, Services
from handlers.style_dna import style_dna
from handlers.work import Kind, Outcome, Work


async def _analyze_item(work: Work, services: Services) -> Outcome:
    return await analyze_item(work.key, services, again=work.again, owner=work.owner, photo=work.photo)


async def _style_dna(work: Work, services: Services) -> Outcome:
    return await style_dna(work.key, services)


HANDLERS: Mapping[Kind, Handler] = {"analyze_item": _analyze_item, "style_dna": _style_dna}
