"""What one caller's token costs: at first sight, remembered, and when it is forged; PyJWT alone beside it.

A signature is checked at first sight and once a minute after that. The last table is the crowd's view: many people,
each calling several times a minute, over a set of keys that is at hand. No network and no database take part.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from aura.identity.claims import ClaimRules
from aura.identity.public_keys import KeySet, VerificationKey, secret_key, usable_keys
from aura.identity.refusal import InvalidToken
from aura.identity.verification import TokenVerifier
from aura.telemetry.metrics import Metrics
from benchmarks.goals import figure
from benchmarks.report import Report, Table, progress

SECRET = "a-secret-for-the-benchmark-of-enough-bytes"
RULES = ClaimRules("https://project.supabase.co/auth/v1", "authenticated", 10.0)
ROUNDS, QUICK_ROUNDS = 9, 3
TOKENS = 200  # of each kind
PEOPLE, CALLS = 500, 60  # what one process may see in a minute: 500 requests a second
MICRO = 1e6


class KeysAtHand:
    """Published keys without their publisher: fetching them is not what is measured."""

    generation = 0

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys.keys

    async def find(self, key_id: str) -> VerificationKey | None:
        return self._keys.get(key_id)

    async def published(self) -> int:
        return len(self._keys)

    async def aclose(self) -> None:
        return None


@dataclass(frozen=True)
class Signer:
    """What signs, what PyJWT verifies with, and what the project publishes of it (nothing of its secret)."""

    algorithm: str
    private: Any
    public: Any
    published: Mapping[str, Any] | None = None

    def tokens(self, count: int, private: Any = None) -> list[str]:
        """Tokens of as many people; signed by a stranger's key where one is given."""
        headers = {"kid": self.algorithm}
        return [jwt.encode(_claims(), private or self.private, self.algorithm, headers) for _ in range(count)]


def _claims() -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": RULES.issuer,
        "sub": str(uuid4()),
        "aud": RULES.audience,
        "exp": now + 3600,
        "iat": now,
        "email": "someone@example.com",
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"email_verified": True},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": now}],
        "session_id": str(uuid4()),
        "is_anonymous": False,
    }


def _signers() -> list[Signer]:
    makers: Mapping[str, tuple[Any, Callable[[], Any]]] = {
        "ES256": (ECAlgorithm, lambda: ec.generate_private_key(ec.SECP256R1())),
        "RS256": (RSAAlgorithm, lambda: rsa.generate_private_key(65537, 2048)),
        "EdDSA": (OKPAlgorithm, ed25519.Ed25519PrivateKey.generate),
    }
    made = [Signer("HS256", SECRET, SECRET)]
    for algorithm, (form, new) in makers.items():
        private = new()
        published = {**form.to_jwk(private.public_key(), as_dict=True), "kid": algorithm}
        made.append(Signer(algorithm, private, private.public_key(), published))
    return made


def _verifier(signers: Sequence[Signer]) -> TokenVerifier:
    published = usable_keys({"keys": [signer.published for signer in signers if signer.published]})
    return TokenVerifier(RULES, KeysAtHand(published), secret=secret_key(SECRET), outcomes=Metrics().api_tokens)


async def run(quick: bool) -> Report:
    """Each kind of key, then a crowd."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    signers = _signers()
    progress(f"{len(signers)} kinds of keys, {rounds} rounds of {TOKENS} tokens each")
    kinds = [await _kind(signer, signers, rounds) for signer in signers]
    refused = await _refused(signers, rounds)
    crowd = [await _crowd(signer, signers) for signer in signers]
    tables = [Table("µs of processor time a token", kinds), Table("µs to refuse a token", refused)]
    tables.append(Table(f"µs a call, {PEOPLE} people calling {CALLS} times a minute; bare: PyJWT each time", crowd))
    return Report("identity", {"tokens": TOKENS, "rounds": rounds}, tables)


async def _kind(signer: Signer, signers: Sequence[Signer], rounds: int) -> dict[str, Any]:
    """PyJWT checks the same claims; its column is what a token would cost at every request without memory."""
    first, again, plain = [], [], []
    for _ in range(rounds):
        verifier, tokens = _verifier(signers), signer.tokens(TOKENS)
        first.append(await _verified(verifier, tokens))
        again.append(await _verified(verifier, tokens))
        plain.append(_decoded(signer, tokens))
    names = ("at first sight", "remembered", "PyJWT decode")
    return {"key": signer.algorithm, **dict(zip(names, map(_middle, (first, again, plain)), strict=True))}


async def _refused(signers: Sequence[Signer], rounds: int) -> list[dict[str, Any]]:
    legacy, es256 = signers[0], signers[1]
    forged = es256.tokens(TOKENS, private=ec.generate_private_key(ec.SECP256R1()))
    kinds: Mapping[str, list[str]] = {
        "no token": [str(uuid4()) for _ in range(TOKENS)],
        "8 KiB of letters": ["A" * 8192] * TOKENS,
        "over 8 KiB": ["A" * 8193] * TOKENS,
        "unknown key": [_renamed(token) for token in es256.tokens(TOKENS)],
        "another issuer": [_foreign(legacy) for _ in range(TOKENS)],
        "forged ES256 signature": forged,
        "the same forgery again": [forged[0]] * TOKENS,
    }
    found = []
    for name, tokens in kinds.items():
        costs = [await _verified(_verifier(signers), tokens) for _ in range(rounds)]
        found.append({"token": name, "µs": _middle(costs)})
    return found


async def _crowd(signer: Signer, signers: Sequence[Signer]) -> dict[str, Any]:
    """All calls of a minute: the first of each person costs a signature check, the others a look into memory."""
    verifier, tokens = _verifier(signers), signer.tokens(PEOPLE)
    cost = await _verified(verifier, tokens * CALLS)
    return figure(signer.algorithm, cost * MICRO, _decoded(signer, tokens) * MICRO, at_most=10)


async def _verified(verifier: TokenVerifier, tokens: Sequence[str]) -> float:
    """Seconds of processor time for each token, accepted or refused."""
    began = time.process_time()
    for token in tokens:
        try:
            await verifier.verify(token)
        except InvalidToken:
            continue
    return (time.process_time() - began) / len(tokens)


def _decoded(signer: Signer, tokens: Sequence[str]) -> float:
    required = {"require": ["exp", "sub", "aud", "iss"]}
    began = time.process_time()
    for token in tokens:
        jwt.decode(
            token,
            signer.public,
            [signer.algorithm],
            required,  # type: ignore[arg-type]
            audience=RULES.audience,
            issuer=RULES.issuer,
        )
    return (time.process_time() - began) / len(tokens)


def _renamed(token: str) -> str:
    header = jwt.utils.base64url_encode(b'{"alg":"ES256","kid":"another","typ":"JWT"}').decode()
    return f"{header}.{token.partition('.')[2]}"


def _foreign(signer: Signer) -> str:
    return jwt.encode({**_claims(), "iss": "https://other.supabase.co/auth/v1"}, signer.private, signer.algorithm)


def _middle(seconds: Sequence[float]) -> float:
    return round(median(seconds) * MICRO, 1)
