"""One subscription together with the verdict on it: translates what it hears into the terms of ``liveness``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from consumer.changes import Change
from consumer.doubts import Cause, Doubt
from consumer.liveness import Action, Liveness, State, Timing
from consumer.ports import Monotonic


class Runnable(Protocol):
    """A subscription (``subscription.Subscription``)."""

    async def run(self) -> Doubt:
        """Listen until something is doubtful; returns what."""
        ...


class Effects(Protocol):
    """What follows from hearing and from verdicts; each must return at once."""

    def heard(self, attempt: Attempt, change: Change) -> None:
        """A subscription heard a change."""
        ...

    def gap(self, cause: Cause) -> None:
        """Changes may have been missed."""
        ...

    def became_live(self) -> None:
        """Changes are heard from now on."""
        ...

    def beat_now(self) -> None:
        """A canary is wanted."""
        ...


class Attempt:
    """Is its subscription's ``Listener``. ``act`` carries out verdicts, ``hear`` takes the changes."""

    def __init__(
        self,
        timing: Timing,
        clock: Monotonic,
        *,
        act: Callable[[Sequence[Action]], None],
        hear: Callable[[Attempt, Change], None],
    ) -> None:
        self.liveness = Liveness(timing, clock())
        self.task: asyncio.Task[Doubt] | None = None
        self._clock = clock
        self._act = act
        self._hear = hear

    @property
    def live(self) -> bool:
        """Whether it provably hears."""
        return self.liveness.state is State.LIVE

    def joined(self) -> None:
        """See ``Listener``."""
        self._act(self.liveness.joined())

    def system_ok(self) -> None:
        """See ``Listener``."""
        self._act(self.liveness.system_ok(self._clock()))

    def change(self, change: Change) -> None:
        """See ``Listener``."""
        self._hear(self, change)

    def damaged(self) -> None:
        """A change arrived with errors."""
        self._act(self.liveness.payload_errors())

    def canary_seen(self, beat: int) -> None:
        """A canary came round."""
        self._act(self.liveness.canary_seen(beat, self._clock()))
