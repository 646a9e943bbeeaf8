"""Refusals that come from the database instead of the analyzer: a day's limit, and what another process was told."""

from __future__ import annotations

from aura.errors import RetryAt
from aura.gateway.work_rows import Reservation
from aura.vision.guarding.guard import QUOTA

DAILY_LIMIT = "daily_limit"


class Spent(RetryAt):
    """Today's analyses or their budget are used up; ``project`` tells everybody's from one person's."""

    def __init__(self, refused: Reservation) -> None:
        whose = "The person's" if refused.scope == "user" else "The project's"
        what = "budget for today is" if refused.unit == "usd" else "analyses for today are"
        super().__init__(DAILY_LIMIT, f"{whose} {what} used up.", refused.resets_at)
        self.project = refused.scope == "project"


class ParkedElsewhere(RetryAt):
    """The analyzer told another process not to be asked before a moment, which holds for all of them."""

    def __init__(self, refused: Reservation) -> None:
        super().__init__(QUOTA, "The analyzer's quota is spent, as it told another process.", refused.resets_at)
