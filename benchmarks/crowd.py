"""A crowd that uses the app at a steady rate: what it does, in which proportions, and at which pace.

Each act is one statement and one transaction, sent straight to the database so that the crowd itself costs the machine
little; triggers, WAL and Realtime see exactly what the app's own requests would cause. The mix is that of a busy day:
mostly small edits, every tenth act a new photo.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from benchmarks.stage import Stage

PEOPLE = 100
ITEMS_EACH, OUTFITS_EACH = 10, 2
_SETTLED_ITEMS = """
  insert into clothing_items (user_id, name, category, image_url, ai_tags)
  select id, 'old', 'tops', %s || id || n,
         jsonb_build_object('status', 'done',
                            'source', jsonb_build_object('photo', public.aura_photo_identity(%s || id || n)))
  from unnest(%s::uuid[]) id, generate_series(1, %s) n"""
_OUTFITS = """
  insert into combinations (user_id, name, is_public)
  select id, 'outfit ' || n, true from unnest(%s::uuid[]) id, generate_series(1, %s) n"""
_SOME_ITEM = "(select id from clothing_items where user_id = %s order by random() limit 1)"
_SOME_OUTFIT = "(select id from combinations where user_id = %s order by random() limit 1)"
_LIKE = (
    "insert into likes (user_id, combination_id) select %s, id from combinations order by random() limit 1 "
    "on conflict (user_id, combination_id) do update set created_at = now()"
)
# Act → (share of all acts, statement). The first argument is the person's id.
ACTS: dict[str, tuple[int, str]] = {
    "new photo": (10, "insert into clothing_items (user_id, name, image_url) values (%s, 'new', %s)"),
    "worn today": (25, f"update clothing_items set last_worn_date = current_date + %s where id = {_SOME_ITEM}"),
    "favourite": (15, f"update clothing_items set is_favorite = not is_favorite where id = {_SOME_ITEM}"),
    "a note": (20, f"update clothing_items set notes = 'seen ' || now() where id = {_SOME_ITEM}"),
    "a like": (
        15,
        _LIKE,
    ),
    "an outfit": (10, f"update combinations set description = 'for ' || now() where id = {_SOME_OUTFIT}"),
    "given away": (5, f"delete from clothing_items where id = {_SOME_ITEM}"),
}


@dataclass(slots=True)
class Crowd:
    """``done`` counts acts; ``late`` is by how many seconds the pace was missed at worst."""

    at: Stage
    people: list[str]
    chance: random.Random
    done: int = 0
    photos: int = 0
    late: float = 0.0
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    async def gather(cls, at: Stage) -> Crowd:
        """People with wardrobes that are tagged already, and some public outfits."""
        people = await at.people(PEOPLE)
        host = f"{at.photos.origin}/old/"
        await at.execute(_SETTLED_ITEMS, host, host, people, ITEMS_EACH)
        await at.execute(_OUTFITS, people, OUTFITS_EACH)
        return cls(at, people, random.Random(2))

    async def act(self, rate: float, seconds: float) -> None:
        """Do ``rate`` things a second."""
        began = time.monotonic()
        for number in range(round(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.late = max(self.late, time.monotonic() - due)
            self._begin()
        await asyncio.gather(*self._running)

    def _begin(self) -> None:
        task = asyncio.create_task(self._one())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _one(self) -> None:
        name = self.chance.choices(list(ACTS), [share for share, _ in ACTS.values()])[0]
        person, statement = self.chance.choice(self.people), ACTS[name][1]
        match name:
            case "new photo":
                self.photos += 1
                await self.at.execute(statement, person, self.at.photos.new_photo())
            case "worn today":
                await self.at.execute(statement, self.chance.randrange(1000), person)
            case _:
                await self.at.execute(statement, person)
        self.done += 1
