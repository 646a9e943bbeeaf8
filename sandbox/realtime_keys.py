"""The project's keys in the shape in which the Realtime server asks for them."""

from __future__ import annotations

import jwt

from sandbox.realtime.tokens import BadSignature, MalformedToken
from sandbox.tokens import Claims, TokenVerifier


class RealtimeKeys:
    """Signatures only: Realtime judges times itself, in its own words."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    def resolve_api_key(self, key: str) -> str:
        """The JWT that an API key stands for; any other text unchanged."""
        return self._verifier.resolve_api_key(key)

    def verify(self, token: str) -> Claims:
        """The claims of a correctly signed token. Raises MalformedToken or BadSignature."""
        try:
            return self._verifier.verify_signature(token)
        except jwt.DecodeError as error:
            # InvalidSignatureError is a DecodeError in PyJWT
            raise (BadSignature if isinstance(error, jwt.InvalidSignatureError) else MalformedToken) from None
        except jwt.InvalidTokenError:
            raise BadSignature from None
