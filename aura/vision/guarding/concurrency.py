"""How many questions a service takes at a time, found out as TCP does: additive increase, multiplicative decrease.

A value; no clock and no service. An answer while the places are used makes room for 1/limit more, so one more place
after each full round; a refusal for too many halves the limit. The refusals of one round (questions that were asked
before the last cut) count once. See Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion
Avoidance" (1989), for why this converges to a fair share where many processes do it at one service.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

CUT = 0.5


@dataclass(frozen=True, slots=True)
class Concurrency:
    """``limit`` (1 to ``ceiling``) is fractional, its whole part counts; ``round`` counts the cuts."""

    ceiling: int
    limit: float
    round: int = 0

    @property
    def places(self) -> int:
        """How many may be under way."""
        return int(self.limit)

    def grown(self, under_way: int) -> Concurrency:
        """After an answer; ``under_way`` counts its own question too. What is not used does not grow.

        Half of the places is use enough: answers come in bunches, before those who wait have taken the free places.
        """
        if 2 * under_way < self.places:
            return self
        return replace(self, limit=min(float(self.ceiling), self.limit + 1.0 / self.limit))

    def cut(self, asked_in: int) -> Concurrency:
        """After a refusal of a question that was asked in round ``asked_in``."""
        if asked_in != self.round:
            return self
        return replace(self, limit=max(1.0, self.limit * CUT), round=self.round + 1)
