"""The refusal that a day's limit makes."""

from __future__ import annotations

from aura.errors import RetryAt
from aura.gateway.work import Reservation

DAILY_LIMIT = "daily_limit"


class Spent(RetryAt):
    """Today's analyses or their budget are used up; ``project`` tells everybody's from one person's."""

    def __init__(self, refused: Reservation) -> None:
        whose = "The person's" if refused.scope == "user" else "The project's"
        what = "budget for today is" if refused.unit == "usd" else "analyses for today are"
        super().__init__(DAILY_LIMIT, f"{whose} {what} used up.", refused.resets_at)
        self.project = refused.scope == "project"
