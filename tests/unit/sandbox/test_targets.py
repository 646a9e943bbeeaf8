"""End-to-end tests take a project from the environment whole or not at all."""

from __future__ import annotations

import pytest

from tests.support.targets import VARIABLES, Target

WHOLE = {variable: f"value of {name}" for name, variable in VARIABLES.items()}


def test_none_is_named() -> None:
    assert Target.from_environment({}) is None


def test_all_of_it_is_named() -> None:
    target = Target.from_environment(WHOLE)
    assert target is not None
    assert target.db_url == "value of db_url"


def test_half_of_it_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="AURA_TEST_DB_URL"):
        Target.from_environment({name: value for name, value in WHOLE.items() if name != "AURA_TEST_DB_URL"})
