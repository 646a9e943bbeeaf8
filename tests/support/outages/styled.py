"""Style DNA as it must be: computed from nothing but what the database holds now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from aura.gateway.rest import Gateway
from aura.gateway.style import read_wardrobe
from aura.stylist.dna import style_dna
from sandbox import Sandbox
from tests.support.handling import settings_for
from tests.support.styles import kept_dna

KEPT = """
select u.id::text, a.dna, p.preferred_style -> 'style_dna'
from users u left join ai_profiles a on a.user_id = u.id left join profiles p on p.user_id = u.id
where u.id = any (%s::uuid[])"""


async def styled_otherwise(sandbox: Sandbox, people: Iterable[str]) -> list[str]:
    """Complaints about each person whose kept DNA, or its mirror, is not what their rows say."""
    complaints = []
    async with Gateway.from_settings(settings_for(sandbox)) as gateway:
        for person, kept, shown in await _kept(sandbox, people):
            anew = style_dna(await read_wardrobe(gateway.as_service(), person))
            if kept != anew:
                complaints.append(f"{person}: the style DNA is {_differing(kept or {}, anew)}")
            elif kept_dna(shown or {}) != anew:
                complaints.append(f"{person}: the mirror is {_differing(shown or {}, anew)}")
    return complaints


async def _kept(sandbox: Sandbox, people: Iterable[str]) -> list[tuple[str, Any, Any]]:
    async with await psycopg.AsyncConnection.connect(sandbox.db_url) as db:
        return await (await db.execute(KEPT, [list(people)])).fetchall()


def _differing(kept: dict[str, Any], anew: dict[str, Any]) -> str:
    return "; ".join(f"{key}: {kept.get(key)} for {anew[key]}" for key in anew if kept.get(key) != anew[key])
