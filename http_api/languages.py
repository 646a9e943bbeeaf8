"""In which of the stylist's languages a caller is answered."""

from __future__ import annotations

from aura.market.languages import choose_language
from aura.stylist.speech import DEFAULT, languages


def spoken_language(accepted: str | None) -> str:
    """The language to answer in, by the caller's ``Accept-Language``; English where none of theirs is spoken."""
    language = choose_language(None, accepted)
    return language if language in languages() else DEFAULT
