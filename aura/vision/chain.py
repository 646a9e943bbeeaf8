"""The analyzers in the order in which they are asked, and which of them a photo may still go to.

A later one stands in for those before it and is a lesser choice: its answer never replaces one of theirs, and is
replaced by theirs when they are back. What is paid for has a guard; what computes here needs none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from aura.vision.analyzer import Analyzer
from aura.vision.guarding.guard import AnalyzerGuard

T = TypeVar("T")


class MayAsk(Protocol):
    """The right to ask once (``guarding.guard.Turn``)."""

    async def ask(self, question: Awaitable[T]) -> T:
        """The answer to ``question``."""
        ...


class _Free:
    async def ask(self, question: Awaitable[T]) -> T:
        return await question


@dataclass(frozen=True, slots=True)
class Link:
    """One analyzer of a chain. ``fallback``: another one would rather have been asked."""

    analyzer: Analyzer
    guard: AnalyzerGuard | None
    fallback: bool

    def turn(self, patience: float, *, join_probe: bool) -> AbstractAsyncContextManager[MayAsk]:
        """See ``AnalyzerGuard.turn``; at once where there is no guard."""
        if self.guard is None:
            return nullcontext(_Free())
        return self.guard.turn(patience, join_probe=join_probe)

    def refuses(self) -> bool:
        """Whether it would not be asked now."""
        return self.guard is not None and self.guard.refuses()


@dataclass(frozen=True, slots=True)
class Chain:
    """At least one link, the first choice first."""

    links: tuple[Link, ...]

    @classmethod
    def of(cls, analyzers: Sequence[Analyzer], guard: Callable[[Analyzer], AnalyzerGuard]) -> Self:
        """The chain of ``analyzers``; those that are paid for get a guard."""
        return cls(
            tuple(
                Link(each, guard(each) if each.paid else None, fallback=number > 0)
                for number, each in enumerate(analyzers)
            )
        )

    @property
    def first(self) -> Analyzer:
        """The first choice."""
        return self.links[0].analyzer

    def links_for(self, answered: Mapping[str, Any] | None, *, force: bool) -> tuple[Link, ...]:
        """Whom to ask about a photo, in order.

        Args:
            answered: ``ai_tags.source`` of the answer that the photo has, if it has one. Who gave it is asked again
                only with ``force`` or in another version, and nobody after them.
        """
        if answered is None:
            return self.links
        place = next((n for n, each in enumerate(self.links) if each.analyzer.name == answered.get("analyzer")), None)
        if place is None:
            return self.links
        same = self.links[place].analyzer.version == answered.get("version")
        return self.links[: place + (force or not same)] or self.links[:1]

    async def aclose(self) -> None:
        """Closes every analyzer."""
        for link in self.links:
            await link.analyzer.aclose()
