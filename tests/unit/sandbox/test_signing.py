"""A signed URL opens one object, for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.storage.errors import StorageError
from sandbox.storage.signing import UrlSigner

SIGNER = UrlSigner("a secret that is long enough for HS256")
NOW = datetime.now(UTC)
A_DAY = 86_400  # NOW is the moment of collection: other tests may run for minutes before these


def token(url: str) -> str:
    return parse_qs(urlsplit(url).query)["token"][0]


def test_it_opens_its_object() -> None:
    url = SIGNER.sign("photos", "me/a photo.jpg", A_DAY, NOW)
    assert urlsplit(url).path == "/object/sign/photos/me/a%20photo.jpg"
    SIGNER.check(token(url), "photos", "me/a photo.jpg")


@pytest.mark.parametrize("target", [("photos", "me/b.jpg"), ("private", "me/a.jpg")])
def test_it_opens_no_other(target: tuple[str, str]) -> None:
    url = SIGNER.sign("photos", "me/a.jpg", A_DAY, NOW)
    with pytest.raises(StorageError, match="does not belong"):
        SIGNER.check(token(url), *target)


def test_it_ends() -> None:
    url = SIGNER.sign("photos", "me/a.jpg", 60, NOW - timedelta(seconds=61))
    with pytest.raises(StorageError, match="exp"):
        SIGNER.check(token(url), "photos", "me/a.jpg")


def test_another_secret_opens_nothing() -> None:
    url = UrlSigner("somebody else's secret, long enough").sign("photos", "me/a.jpg", A_DAY, NOW)
    with pytest.raises(StorageError, match="signature verification failed"):
        SIGNER.check(token(url), "photos", "me/a.jpg")
