"""What a person wears and likes, computed: pure, data in and data out.

``score_outfit`` and ``rank_candidates`` take plain dicts, for whoever has items but no wardrobe of the app's.
"""

from aura.stylist.judging import rank_candidates, score_outfit

__all__ = ["rank_candidates", "score_outfit"]
