"""The tables of attacks are as long as they should be, and each entry can be told from the others."""

from __future__ import annotations

from tests.support.attacks import ATTACKS


def test_no_attack_has_the_name_of_another() -> None:
    names = [attack.name for attack in ATTACKS]
    assert sorted(names) == sorted(set(names))


def test_there_are_many() -> None:
    assert len(ATTACKS) >= 200


def test_no_attack_expects_to_succeed() -> None:
    """404 is the right answer of a well-formed request for an item that nobody has; a server may offer its methods."""
    assert {status for attack in ATTACKS for status in attack.statuses if status < 400} <= {204}
