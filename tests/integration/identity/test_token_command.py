"""`aura token` right after `aura sandbox --env-file .env`: a token that works, or one line that says what to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner

from aura.errors import AuraError
from aura.identity.refusal import InvalidToken
from aura.identity.token_cli import LOCAL_PASSWORD, PASSWORD_VARIABLE, token
from aura.identity.verification import TokenVerifier
from aura.settings import Settings
from sandbox import Sandbox
from tests.support.raw_server import raw_server, saying

UNUSED = "http://127.0.0.1:9"
KEY = "sb_publishable_x"


@pytest.fixture(params=["sandbox", "legacy_sandbox"])
def project(request: pytest.FixtureRequest) -> Sandbox:
    """Both kinds of project."""
    running: Sandbox = request.getfixturevalue(request.param)
    return running


async def run(folder: Path, *arguments: str, **environment: str) -> tuple[str, str]:
    """What the command prints, alone, and the complaint it ends with."""
    cleared = dict.fromkeys(("SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_PUBLISHABLE_KEY", PASSWORD_VARIABLE))
    variables: dict[str, str | None] = {**cleared, "AURA_CONFIG_DIR": str(folder), **environment}
    result = await asyncio.to_thread(CliRunner(env=variables).invoke, token, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        assert isinstance(result.exception, AuraError), result.exception
        assert len(str(result.exception).splitlines()) == 1
        return result.stdout, str(result.exception)
    return result.stdout, result.stderr


def write_env(folder: Path, url: str, key: str) -> None:
    (folder / ".env").write_text(f"SUPABASE_URL={url}\nSUPABASE_ANON_KEY={key}\n")


async def verified(sandbox: Sandbox, access_token: str) -> str:
    """Whose token it is, by the API's own verification."""
    supabase = {"url": sandbox.url, "jwt_secret": sandbox.jwt_secret}
    async with aiohttp.ClientSession() as session:
        verifier = TokenVerifier.from_settings(Settings.model_validate({"supabase": supabase}), session)
        return (await verifier.verify(access_token)).user_id


async def test_the_token_stands_alone_and_works(project: Sandbox, tmp_path: Path) -> None:
    write_env(tmp_path, project.url, project.anon_key)
    email = f"{uuid4()}@example.com"
    first, complaint = await run(tmp_path, "--user", email)
    assert complaint == ""
    assert first.count("\n") == 1
    again, _ = await run(tmp_path, "--user", email)
    assert await verified(project, first.strip()) == await verified(project, again.strip())


async def test_json_tells_who_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    write_env(tmp_path, sandbox.url, sandbox.publishable_key)
    email = f"{uuid4()}@example.com"
    printed, _ = await run(tmp_path, "--user", email, "--json")
    told = json.loads(printed)
    assert told["user_id"] == await verified(sandbox, told["access_token"])
    assert (told["email"], told["token_type"]) == (email, "bearer")
    assert "refresh_token" not in told


async def test_a_password_may_come_from_the_environment(sandbox: Sandbox, tmp_path: Path) -> None:
    write_env(tmp_path, sandbox.url, sandbox.anon_key)
    email = f"{uuid4()}@example.com"
    printed, _ = await run(tmp_path, "--user", email, **{PASSWORD_VARIABLE: "quite another"})
    assert printed
    _, complaint = await run(tmp_path, "--user", email)
    assert "another password" in complaint
    assert LOCAL_PASSWORD not in complaint


@pytest.mark.parametrize(
    ("email", "password", "complaint"),
    [("nobody", "long enough", "invalid format"), ("someone@example.com", "short", "at least 6 characters")],
)
async def test_what_auth_refuses_is_said_in_its_words(
    sandbox: Sandbox, tmp_path: Path, email: str, password: str, complaint: str
) -> None:
    write_env(tmp_path, sandbox.url, sandbox.anon_key)
    printed, said = await run(tmp_path, "--user", email, "--password", password)
    assert printed == ""
    assert complaint in said
    assert password not in said


@asynccontextmanager
async def auth_that_refuses(code: str, status: int = 422) -> AsyncIterator[str]:
    """A project whose Auth knows nobody and says this to everybody who wants to sign up."""

    async def serve(request: web.Request) -> web.Response:
        signing_up = request.path.endswith("/signup")
        refusal = (status, code) if signing_up else (400, "invalid_credentials")
        headers = {"X-Supabase-Api-Version": "2024-01-01"}
        return web.json_response({"code": refusal[1], "message": "No."}, status=refusal[0], headers=headers)

    async with serving(serve) as url:
        yield url


@asynccontextmanager
async def serving(serve: Any) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/{path:.*}", serve)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("signup_disabled", "new accounts are switched off: sign up in the app first"),
        ("email_provider_disabled", "signing up by e-mail is switched off"),
        ("captcha_failed", "needs a captcha"),
        ("over_email_send_rate_limit", "too many accounts"),
        ("hook_timeout", "Auth refused me@example.com: No."),
    ],
)
async def test_where_nobody_can_sign_up_it_says_so(tmp_path: Path, code: str, complaint: str) -> None:
    async with auth_that_refuses(code) as url:
        write_env(tmp_path, url, KEY)
        printed, said = await run(tmp_path, "--user", "me@example.com")
    assert printed == ""
    assert complaint in said


async def test_an_account_that_must_be_confirmed_first_is_no_session(tmp_path: Path) -> None:
    async def serve(request: web.Request) -> web.Response:
        if request.path.endswith("/token"):
            headers = {"X-Supabase-Api-Version": "2024-01-01"}
            return web.json_response({"code": "invalid_credentials", "message": "No."}, status=400, headers=headers)
        user = {"id": str(uuid4()), "aud": "authenticated", "role": "authenticated", "app_metadata": {}}
        return web.json_response({**user, "user_metadata": {}, "created_at": "2026-01-01T00:00:00Z"})

    async with serving(serve) as url:
        write_env(tmp_path, url, KEY)
        _, said = await run(tmp_path, "--user", "me@example.com")
    assert "must be confirmed by e-mail first" in said


async def test_a_sandbox_that_does_not_run_is_named(tmp_path: Path) -> None:
    write_env(tmp_path, UNUSED, KEY)
    _, said = await run(tmp_path, "--user", "me@example.com")
    assert f"Nothing answers at {UNUSED}" in said
    assert "aura sandbox --env-file .env" in said


async def test_what_is_no_supabase_is_named(tmp_path: Path) -> None:
    page = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<html"
    async with raw_server(saying(page)) as url:
        write_env(tmp_path, url, KEY)
        _, said = await run(tmp_path, "--user", "me@example.com")
    assert "does not answer as Supabase Auth does" in said


async def test_elsewhere_there_is_no_common_password(tmp_path: Path) -> None:
    write_env(tmp_path, "https://abcdefgh.supabase.co", KEY)
    _, said = await run(tmp_path, "--user", "me@example.com")
    assert "--password" in said
    assert "not on this machine" in said


async def test_without_settings_it_names_them(tmp_path: Path) -> None:
    _, said = await run(tmp_path, "--user", "me@example.com")
    assert "SUPABASE_URL is not set" in said


async def test_a_service_key_is_not_used_for_it(sandbox: Sandbox, tmp_path: Path) -> None:
    write_env(tmp_path, sandbox.url, sandbox.service_key)
    _, said = await run(tmp_path, "--user", "me@example.com")
    assert "anon is needed" in said


async def test_a_stranger_s_token_is_refused_here(sandbox: Sandbox, legacy_sandbox: Sandbox, tmp_path: Path) -> None:
    write_env(tmp_path, legacy_sandbox.url, legacy_sandbox.anon_key)
    printed, _ = await run(tmp_path, "--user", f"{uuid4()}@example.com")
    with pytest.raises(InvalidToken):
        await verified(sandbox, printed.strip())
