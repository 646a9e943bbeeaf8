"""A process that analyses one item and stops dead at a chosen point, to be killed there (see test_kill).

``python -m tests.support.killable POINT ITEM`` with the sandbox's settings as JSON on stdin; says
``reached <calls>`` on stdout when it is there: how often the analyzer had been asked.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import handlers.analyze_item
import handlers.answers
import handlers.writing
from aura.settings import Settings
from tests.support.handling import services_with
from tests.support.instant import InstantAnalyzer

# Where to stop: before the named function is called.
POINTS: dict[str, tuple[ModuleType, str]] = {
    "leased": (handlers.analyze_item, "answer_for"),
    "decoded": (handlers.answers, "ask"),
    "answered": (handlers.answers, "store_answer"),
    "cached": (handlers.analyze_item, "write_result"),
    "merged": (handlers.writing, "update_item"),
}


def _stop_at(point: str, analyzer: InstantAnalyzer) -> None:
    module, name = POINTS[point]
    setattr(module, name, _stop(analyzer))


def _stop(analyzer: InstantAnalyzer) -> Callable[..., Awaitable[Any]]:
    async def stopped(*_: Any, **__: Any) -> None:
        print(f"reached {analyzer.total}", flush=True)
        await asyncio.Event().wait()

    return stopped


async def main(point: str, item_id: str) -> None:
    """Analyse the item up to ``point``, then wait to be killed."""
    analyzer = InstantAnalyzer(timeout=0.2, paid=True)
    _stop_at(point, analyzer)
    async with services_with(Settings.model_validate(json.load(sys.stdin)), analyzer) as services:
        await handlers.analyze_item.analyze_item(item_id, services)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
