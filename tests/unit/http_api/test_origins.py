"""Which settings are origins; browsers compare them byte by byte."""

from __future__ import annotations

import pytest

from aura.errors import ConfigurationError
from http_api.cors import Cors, checked_origin

GOOD = [
    "https://app.example.com",
    "http://localhost",
    "http://localhost:3000",
    "https://app.example.com:8443",
    "http://127.0.0.1:5173",
    "http://[::1]:8080",
    "https://xn--bcher-kva.example",
    "capacitor://localhost",
]

BAD = [
    "*",
    "null",
    "",
    "app.example.com",
    "https://",
    "https://*.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://app.example.com?x=1",
    "https://app.example.com#x",
    "https://user@app.example.com",
    "https://user:secret@app.example.com",
    "https://App.example.com",
    "HTTPS://app.example.com",
    "https://app.example.com:443",
    "http://localhost:80",
    "https://app.example.com:",
    "https://app.example.com:99999",
    "https://app.example.com:port",
    "https://bücher.example",
    "https://app.example.com https://b.example.com",
    " https://app.example.com",
    "https://app.example.com\n",
    "//app.example.com",
    "https:app.example.com",
    "https://[::1",
]


@pytest.mark.parametrize("origin", GOOD)
def test_origins_as_browsers_write_them_are_taken(origin: str) -> None:
    assert checked_origin(origin) == origin


@pytest.mark.parametrize("origin", BAD)
def test_everything_else_is_refused_with_the_settings_name(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="AURA__API__ALLOWED_ORIGINS"):
        checked_origin(origin)


def test_one_bad_origin_spoils_the_list() -> None:
    with pytest.raises(ConfigurationError):
        Cors.of(("https://app.example.com", "*"))
