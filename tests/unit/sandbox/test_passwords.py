"""Passwords are kept as salted hashes that only the right password fits."""

from __future__ import annotations

from sandbox.auth.passwords import hash_password, matches


def test_only_the_password_fits() -> None:
    stored = hash_password("correct horse")
    assert matches("correct horse", stored)
    assert not matches("correct horsf", stored)
    assert "correct" not in stored


def test_equal_passwords_have_unlike_hashes() -> None:
    assert hash_password("same") != hash_password("same")


def test_other_kinds_of_hashes_never_fit() -> None:
    assert not matches("", "")
    assert not matches("x", "$2a$10$abcdefghijklmnopqrstuv")
