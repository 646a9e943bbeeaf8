"""Why a token is not accepted: a closed set of reasons, each with one sentence that is safe to send.

The sentences are fixed. Nothing of a token (which may be somebody's valid one, a byte off) ever gets into an
error, and so none gets into logs, answers or metrics either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from aura.errors import AuraError

Reason = Literal[
    "too_large",
    "malformed",
    "header",
    "algorithm",
    "unknown_key",
    "signature",
    "claims",
    "expired",
    "not_yet_valid",
    "issuer",
    "audience",
    "role",
    "subject",
]

# Plain ASCII without quotes, because they also stand in WWW-Authenticate (RFC 6750, section 3).
DESCRIPTIONS: Mapping[Reason, str] = {
    "too_large": "The access token is too large",
    "malformed": "The access token is not a JSON Web Token",
    "header": "The access token's header is not one that this project writes",
    "algorithm": "The access token is signed with an algorithm that this project does not use",
    "unknown_key": "The access token is signed with a key that this project does not publish",
    "signature": "The access token's signature is not valid",
    "claims": "The access token's claims are missing or malformed",
    "expired": "The access token has expired",
    "not_yet_valid": "The access token is not valid yet",
    "issuer": "The access token was issued by another project",
    "audience": "The access token is meant for another audience",
    "role": "The access token is not that of a signed-in person",
    "subject": "The access token does not name a person",
}


class InvalidToken(AuraError):
    """The token is not that of a person who is signed in now.

    ``reason`` is stable and fit for a metric's label; ``description`` is its sentence for people.
    """

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        self.description = DESCRIPTIONS[reason]
        super().__init__(self.description)
