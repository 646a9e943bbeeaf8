"""A project's secret for tests of the Realtime server, and the tokens that the transcripts used."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt

from sandbox.realtime import BadSignature, MalformedToken

SECRET, WRONG_SECRET = "a-secret-of-at-least-32-characters!", "another-secret-of-32-characters-ok!"
USER_A, USER_B = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
HOUR = 3600


class Keys:
    """Signs and verifies with one HS256 secret; `now` is the server's clock (Unix time)."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._issued = 0

    def resolve_api_key(self, key: str) -> str:
        return key

    def verify(self, token: str) -> dict[str, Any]:
        times = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
        try:
            claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], options=times)  # type: ignore[arg-type]
        except jwt.InvalidSignatureError:
            raise BadSignature from None
        except jwt.DecodeError:
            raise MalformedToken from None
        return claims

    def token(self, role: str | None = "service_role", *, lasts: float | None = HOUR, **claims: Any) -> str:
        """A token for a role, expiring `lasts` seconds from now; no two are equal."""
        return self._sign(SECRET, role, lasts, claims)

    def forged(self) -> str:
        """A token signed with another secret."""
        return self._sign(WRONG_SECRET, "service_role", HOUR, {})

    def user(self, user_id: str = USER_A, **claims: Any) -> str:
        """A signed-in user's token."""
        return self.token("authenticated", sub=user_id, **claims)

    def _sign(self, secret: str, role: str | None, lasts: float | None, claims: dict[str, Any]) -> str:
        self._issued += 1
        content = {"jti": str(self._issued), **claims}
        if role is not None:
            content["role"] = role
        if lasts is not None:
            exact = isinstance(lasts, float)  # a fraction is legal, and exact where time runs fast
            content["exp"] = self._now() + lasts if exact else int(self._now() + lasts)
        if isinstance(content.get("iat"), str):  # PyJWT refuses to write what the server has to refuse
            return _raw_token(content, secret)
        return jwt.encode(content, secret, algorithm="HS256")


def _raw_token(claims: dict[str, Any], secret: str) -> str:
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps(claims)]
    body = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(body.encode(), secret.encode())
    return f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
