"""A chain of analyzers on a fake Vertex AI, for daemons that run as processes: a service account and quick settings.

Google's credentials are the real library's: it signs an assertion with the account's key and asks the account's own
``token_uri`` for a token, which is served here.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.fake_vertex import FakeVertex


@asynccontextmanager
async def chain_settings(vertex: FakeVertex, folder: Path) -> AsyncIterator[dict[str, str]]:
    """Environment variables of a daemon with the chain vertexai, palette; its account's file lies in ``folder``."""
    app = web.Application()
    app.router.add_post("/token", _token)
    async with TestServer(app) as issuer:
        account = folder / "account.json"
        account.write_text(json.dumps(_service_account(str(issuer.make_url("/token")))))
        yield {
            "AURA__ANALYSIS__ANALYZER": "vertexai,palette",
            "AURA__ANALYSIS__PAUSE_AFTER_FAILURES": "2",
            "AURA__ANALYSIS__PAUSE_SECONDS": "1",
            "AURA__ANALYSIS__PAUSE_MAX_SECONDS": "2",
            "AURA__ANALYSIS__WAIT_SECONDS": "0",
            "AURA__ANALYSIS__FAILURE_BACKOFF_SECONDS": "1",
            "AURA__ANALYSIS__FAILURE_BACKOFF_MAX_SECONDS": "2",
            "AURA__RECONCILE__FULL_SECONDS": "2",
            "AURA__RECONCILE__FULL_JITTER_SECONDS": "0.1",
            "AURA__VERTEXAI__BASE_URL": vertex.url,
            "AURA__VERTEXAI__ATTEMPTS": "1",
            "GOOGLE_CLOUD_PROJECT": "my-project",
            "GOOGLE_APPLICATION_CREDENTIALS": str(account),
        }


async def _token(_: web.Request) -> web.Response:
    return web.json_response({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600})


def _service_account(token_uri: str) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "k",
        "private_key": pem.decode(),
        "client_email": "tagger@my-project.iam.gserviceaccount.com",
        "token_uri": token_uri,
    }
