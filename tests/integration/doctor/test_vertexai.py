"""``aura doctor --with-ai``: one call with real credentials' machinery, against servers that answer as Google does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import Sandbox
from tests.support.doctoring import diagnosis
from tests.support.fake_vertex import Answer, error, fake_vertex, says


@asynccontextmanager
async def token_server() -> AsyncIterator[str]:
    """Gives an access token to every service account, as Google's token endpoint does."""

    async def token(_: web.Request) -> web.Response:
        return web.json_response({"access_token": "t0ken", "expires_in": 3600, "token_type": "Bearer"})

    app = web.Application()
    app.router.add_post("/token", token)
    async with TestServer(app) as server:
        yield str(server.make_url("/token"))


def service_account(token_uri: str) -> str:
    """A service account's key file, with a key made just now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(encoding, form, serialization.NoEncryption()).decode()
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "p",
            "private_key_id": "k",
            "private_key": pem,
            "client_email": "a@p.iam.gserviceaccount.com",
            "token_uri": token_uri,
        }
    )


@pytest.mark.parametrize(
    ("answer", "level", "said"),
    [
        (says({"shows_garment": False}), "ok", "1200 tokens"),
        (error(403, "PERMISSION_DENIED"), "failure", "does not answer"),
    ],
)
async def test_one_call_tells_whether_vertex_ai_answers(
    patient: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, level: str, said: str
) -> None:
    async with fake_vertex() as vertex, token_server() as token_uri:
        vertex.will(answer)
        account = tmp_path / "account.json"
        account.write_text(service_account(token_uri), encoding="utf-8")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account))
        changed = {
            "AURA__ANALYSIS__ANALYZER": "vertexai",
            "GOOGLE_CLOUD_PROJECT": "p",
            "AURA__VERTEXAI__BASE_URL": vertex.url,
            "AURA__VERTEXAI__ATTEMPTS": "1",
        }
        unasked = await diagnosis(patient, tmp_path, changed)
        calls = len(vertex.requests)
        asked = await diagnosis(patient, tmp_path, changed, with_ai=True)
    assert calls == 0
    assert unasked.results["vertexai"].skipped
    assert "--with-ai" in (unasked.finding("vertexai").remedy or "")
    assert asked.level("vertexai") == level, str(asked)
    assert said in asked.finding("vertexai").text
    assert len(vertex.requests) == 1
