"""The Prefer header as RFC 7240 writes it."""

from __future__ import annotations

import pytest

from http_api.preferences import prefers_async


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["respond-async"], True),
        (["Respond-Async"], True),
        (["wait=10, respond-async"], True),
        (["return=minimal", "respond-async;foo=bar"], True),
        ([" respond-async ; x"], True),
        ([], False),
        ([""], False),
        (["respond-asynchronously"], False),
        (["return=respond-async"], False),
        (["handling=lenient; respond-async"], False),
    ],
)
def test_prefers_async(values: list[str], expected: bool) -> None:
    assert prefers_async(values) is expected
