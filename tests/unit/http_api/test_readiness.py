"""The API is ready when it can do its job, says why it cannot, and comes back by itself."""

from __future__ import annotations

import asyncio

import pytest

from aura.errors import AuraError, ConfigurationError, Transient
from http_api.readiness import Readiness
from tests.unit.consumer.virtual_time import run_virtually


class Needed:
    """Something that the API needs: fails with what it is given, in turn, and always while ``away`` is set."""

    def __init__(self, *troubles: AuraError | None, away: AuraError | None = None) -> None:
        self.troubles = list(troubles)
        self.away = away
        self.asked: list[float] = []

    async def __call__(self) -> None:
        self.asked.append(asyncio.get_running_loop().time())
        trouble = self.away or (self.troubles.pop(0) if self.troubles else None)
        if trouble is not None:
            raise trouble


DATABASE_AWAY = Transient("database_unavailable", "Nobody answers.")
NO_KEYS = Transient("keys_unavailable", "The project's public keys cannot be fetched just now.")


async def test_before_the_first_look_it_is_not_ready() -> None:
    health = Readiness(Needed(), Needed()).health({"port": 1})
    assert not health.ready
    assert len(health.reasons) == 2
    assert health.details == {"port": 1}


async def test_with_keys_and_a_database_it_is_ready() -> None:
    readiness = Readiness(Needed(), Needed())
    await readiness.look()
    assert (readiness.health({}).ready, readiness.health({}).reasons) == (True, ())


async def test_what_it_can_do_without_is_looked_at_and_makes_nothing_unready() -> None:
    besides = Needed()
    readiness = Readiness(Needed(), Needed(), besides)
    await readiness.look()
    assert (readiness.health({}).ready, len(besides.asked)) == (True, 1)


async def test_one_miss_of_the_database_is_forgiven_and_two_are_not() -> None:
    readiness = Readiness(Needed(), Needed(None, DATABASE_AWAY, None, DATABASE_AWAY, DATABASE_AWAY, None))
    seen = []
    for _ in range(6):
        await readiness.look()
        seen.append(readiness.health({}).ready)
    assert seen == [True, True, True, True, False, True]


async def test_a_database_that_never_answered_is_not_forgiven() -> None:
    readiness = Readiness(Needed(), Needed(DATABASE_AWAY))
    await readiness.look()
    assert readiness.health({}).reasons == ("The database does not answer: Nobody answers.",)


async def test_a_key_that_was_refused_is_said_as_it_is() -> None:
    readiness = Readiness(Needed(), Needed(away=ConfigurationError("SUPABASE_SECRET_KEY was refused.")))
    await readiness.look()
    await readiness.look()
    assert readiness.health({}).reasons == ("SUPABASE_SECRET_KEY was refused.",)


async def test_without_keys_it_is_not_ready_until_they_come() -> None:
    readiness = Readiness(Needed(NO_KEYS), Needed())
    await readiness.look()
    assert readiness.health({}).reasons == (NO_KEYS.message,)
    await readiness.look()
    assert readiness.health({}).ready


async def test_a_project_that_verifies_nobody_ends_it() -> None:
    with pytest.raises(ConfigurationError, match="no signing keys"):
        await Readiness(Needed(away=ConfigurationError("There are no signing keys.")), Needed()).watch()


def test_it_looks_more_often_while_something_is_wrong() -> None:
    well, ill = Needed(), Needed(away=DATABASE_AWAY)

    async def watch(database: Needed) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await Readiness(Needed(), database).watch()

    run_virtually(watch(well))
    run_virtually(watch(ill))
    assert 6 <= len(well.asked) <= 7
    assert 19 <= len(ill.asked) <= 21
