"""What may be asked for is what the stylist knows."""

from __future__ import annotations

from typing import get_args

from aura.stylist.wishes import DRESS, Occasion
from aura.vision.vocabulary import Season
from http_api.schemas.recommendations import OccasionName, SeasonName


def test_every_occasion_and_season_can_be_asked_for() -> None:
    assert set(get_args(OccasionName)) == set(Occasion) == set(DRESS)
    assert set(get_args(SeasonName)) == set(Season)
