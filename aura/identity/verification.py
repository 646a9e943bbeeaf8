"""Tells whose access token a request carries, or why it carries none.

The order is what makes it both safe and cheap: size and form first, then the claims, then the key, then the
signature. A token is believed only after the last; but most rubbish ends at the first, and a flood of
well-formed forgeries costs a signature check only for those that also guess issuer, audience, role and a
published key. The algorithm belongs to the key: HS256 is the project's secret, everything else its JWK set.

ECDSA signatures are malleable by nature ((r, s) and (r, n-s) both verify, and Supabase Auth may write either):
that makes a second spelling of the same claims, not a forgery.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Protocol, Self

import aiohttp
from prometheus_client import Counter

from aura.errors import ConfigurationError
from aura.identity.claims import ClaimRules, Verified, judge_claims
from aura.identity.compact import UnverifiedToken, read_token
from aura.identity.jwks import JwksCache, KeysUnavailable
from aura.identity.memory import TokenMemory
from aura.identity.public_keys import VerificationKey, secret_key
from aura.identity.refusal import DESCRIPTIONS, InvalidToken, Reason
from aura.settings import Settings
from aura.settings.names import environment_name, hint
from aura.telemetry.metrics import Metrics

MAX_TOKEN_BYTES = 8 * 1024  # aiohttp's bound for a header
REMEMBER_SECONDS = 60.0
REMEMBER_FORGED = 1_000
FETCH_SECONDS = 5.0
AUTH_PATH = "/auth/v1"
JWKS_PATH = f"{AUTH_PATH}/.well-known/jwks.json"
OUTCOMES = ("remembered", "verified", "unavailable", *DESCRIPTIONS)
PUBLIC_ALGORITHMS = frozenset({"ES256", "RS256", "EdDSA"})


class KeySource(Protocol):
    """The keys that a project publishes; ``generation`` grows whenever they become others."""

    generation: int

    async def find(self, key_id: str) -> VerificationKey | None:
        """The key of this id, if it is published. Raises KeysUnavailable."""
        ...

    async def published(self) -> int:
        """How many keys there are. Raises KeysUnavailable."""
        ...

    async def aclose(self) -> None:
        """Let go of what is under way."""
        ...


class TokenVerifier:
    """Verifies the access tokens of one project.

    Args:
        rules: what its tokens must say.
        jwks: the keys it publishes.
        secret: its legacy secret, where there is one.
        entries: how many verified tokens are remembered.
        outcomes: counts tokens by what became of them.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        rules: ClaimRules,
        jwks: KeySource,
        *,
        secret: VerificationKey | None = None,
        entries: int = 10_000,
        outcomes: Counter | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rules = rules
        self._jwks = jwks
        self._secret = secret
        self._counters = {outcome: outcomes.labels(outcome) for outcome in OUTCOMES} if outcomes else {}
        self._clock = clock
        self._generation = jwks.generation
        self._good: TokenMemory[Verified] = TokenMemory(entries, clock)
        self._forged: TokenMemory[Reason] = TokenMemory(REMEMBER_FORGED, clock)

    @classmethod
    def from_settings(cls, settings: Settings, session: aiohttp.ClientSession, metrics: Metrics | None = None) -> Self:
        """The verifier of the project that the settings name; ``session`` fetches its keys and is not closed here.

        Raises:
            ConfigurationError: the URL is missing or the legacy secret cannot be one.
        """
        identity, secret = settings.identity, settings.supabase.jwt_secret
        project = settings.required("supabase", "url").rstrip("/")
        issuer = str(identity.issuer or f"{project}{AUTH_PATH}").rstrip("/")
        jwks = JwksCache(
            session,
            f"{project}{JWKS_PATH}",
            max_age=identity.jwks_max_age_seconds,
            min_refresh=identity.jwks_min_refresh_seconds,
            timeout=min(FETCH_SECONDS, settings.supabase.timeout_seconds),
            fetches=metrics.jwks_fetches if metrics else None,
        )
        return cls(
            ClaimRules(issuer, identity.audience, identity.leeway_seconds),
            jwks,
            secret=secret_key(secret.get_secret_value()) if secret else None,
            entries=identity.verified_entries,
            outcomes=metrics.api_tokens if metrics else None,
        )

    async def verify(self, token: str) -> Verified:
        """The person whose access token this is.

        Raises:
            InvalidToken: it is nobody's, or not any more, or not yet.
            KeysUnavailable: the project's keys could not be fetched even once.
        """
        try:
            verified, outcome = await self._judge(token)
        except (InvalidToken, KeysUnavailable) as error:
            self._count(error.reason if isinstance(error, InvalidToken) else "unavailable")
            raise
        self._count(outcome)
        return verified

    async def check(self) -> None:
        """Fetch the keys ahead of the first request.

        Raises:
            KeysUnavailable: they cannot be fetched just now, and there is no legacy secret to go on with.
            ConfigurationError: there are none, and no legacy secret either: every caller would be refused.
        """
        try:
            published = await self._jwks.published()
        except KeysUnavailable:
            if self._secret is None:
                raise
            return
        if not published and self._secret is None:
            name, where = environment_name("supabase", "jwt_secret"), hint("supabase", "jwt_secret")
            raise ConfigurationError(f"The project publishes no signing keys, so {name} is needed. {where}")

    async def aclose(self) -> None:
        """End a fetch of keys that is under way."""
        await self._jwks.aclose()

    async def _judge(self, token: str) -> tuple[Verified, str]:
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidToken("too_large")
        if not token.isascii():
            raise InvalidToken("malformed")
        self._forget_after_rotation()
        digest = sha256(token.encode("ascii")).digest()
        known = self._good.get(digest)
        return (known, "remembered") if known else (await self._examine(token, digest), "verified")

    async def _examine(self, token: str, digest: bytes) -> Verified:
        reason = self._forged.get(digest)
        if reason is not None:
            raise InvalidToken(reason)
        unverified = read_token(token)
        verified = judge_claims(unverified.claims, self._rules, self._clock())
        key = await self._key_of(unverified)
        self._forget_after_rotation()  # the keys may have come while this one was asked for
        until = self._clock() + REMEMBER_SECONDS
        if not key.verifies(unverified.signed, unverified.signature):
            self._forged.put(digest, "signature", until)
            raise InvalidToken("signature")
        self._good.put(digest, verified, min(until, verified.expires_at))
        return verified

    async def _key_of(self, token: UnverifiedToken) -> VerificationKey:
        if token.algorithm == "HS256" and self._secret is not None:
            return self._secret
        if token.algorithm not in PUBLIC_ALGORITHMS:
            raise InvalidToken("algorithm")
        key = await self._jwks.find(token.key_id) if token.key_id else None
        if key is None:
            raise InvalidToken("unknown_key")
        if key.algorithm != token.algorithm:
            raise InvalidToken("algorithm")
        return key

    def _count(self, outcome: str) -> None:
        counter = self._counters.get(outcome)
        if counter is not None:
            counter.inc()

    def _forget_after_rotation(self) -> None:
        """What was verified with a key that is gone must be verified again; what had no key may have one now."""
        if self._generation != self._jwks.generation:
            self._generation = self._jwks.generation
            self._good.clear()
            self._forged.clear()
