"""No token but a project's own for a person is accepted, and each is refused for the reason that it is bad."""

from __future__ import annotations

import pytest

from aura.identity.refusal import InvalidToken
from aura.identity.verification import TokenVerifier
from tests.support.tokens.forged_claims import FORGED_CLAIMS
from tests.support.tokens.forged_forms import FORGED_FORMS
from tests.support.tokens.forged_headers import FORGED_HEADERS
from tests.support.tokens.forgery import Forgery
from tests.support.tokens.project import HeldKeys, SigningProject

FORGERIES = (*FORGED_CLAIMS, *FORGED_HEADERS, *FORGED_FORMS)


@pytest.fixture(scope="module")
def project() -> SigningProject:
    """One project for all: RSA keys take a moment to make."""
    return SigningProject()


@pytest.fixture
def verifier(project: SigningProject) -> TokenVerifier:
    """It knows the secret and all published keys: the most that any verifier accepts."""
    return TokenVerifier(project.rules, HeldKeys(project.jwks), secret=project.legacy)


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
async def test_refused_for_its_reason(forgery: Forgery, project: SigningProject, verifier: TokenVerifier) -> None:
    token = forgery.make(project)
    for _ in ("at first sight", "from memory"):
        with pytest.raises(InvalidToken) as refused:
            await verifier.verify(token)
        assert refused.value.reason == forgery.reason
    said = f"{refused.value!r} {refused.value} {refused.value.description} {refused.value.__context__!r}"
    assert not any(part in said for part in token.split(".") if len(part) > 8)


def test_the_table_is_as_long_as_promised_and_names_each_case_once() -> None:
    assert len(FORGERIES) == len({forgery.name for forgery in FORGERIES}) >= 150


@pytest.mark.parametrize("algorithm", ["HS256", "ES256", "RS256", "EdDSA"])
async def test_the_same_tokens_unforged_are_accepted(
    algorithm: str, project: SigningProject, verifier: TokenVerifier
) -> None:
    token = project.token(algorithm)
    assert (await verifier.verify(token)).user_id == project.user_id
    assert (await verifier.verify(token)).user_id == project.user_id
