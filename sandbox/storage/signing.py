"""Signed URLs: a token that names one object and ends at a time; whoever holds it may read that object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import jwt

from sandbox.storage import errors


@dataclass(frozen=True)
class UrlSigner:
    """Signs and checks with a secret that only Storage holds."""

    secret: str

    def sign(self, bucket: str, name: str, seconds: int, now: datetime) -> str:
        """The signed path, relative to `/storage/v1`, good for `seconds` from `now`."""
        issued = int(now.timestamp())
        claims = {"url": f"{bucket}/{name}", "iat": issued, "exp": issued + seconds}
        token = jwt.encode(claims, self.secret, algorithm="HS256")
        return f"/object/sign/{quote(f'{bucket}/{name}')}?token={token}"

    def check(self, token: str, bucket: str, name: str) -> None:
        """Raises StorageError unless the token is valid now and names this very object."""
        try:
            claims = jwt.decode(token, self.secret, algorithms=["HS256"])
        except jwt.ExpiredSignatureError:
            raise errors.invalid_signature('"exp" claim timestamp check failed') from None
        except jwt.InvalidTokenError:
            raise errors.invalid_signature("signature verification failed") from None
        if claims.get("url") != f"{bucket}/{name}":
            raise errors.invalid_signature("The signature does not belong to this object")
