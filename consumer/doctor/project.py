"""The project as it answers over HTTP: is it there, is its clock ours, does it take the keys and the tokens?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from uuid import uuid4

import aiohttp

from aura.errors import ConfigurationError
from aura.identity.keys import Setting, api_key
from aura.identity.minting import TokenMinter
from aura.identity.public_keys import secret_key
from aura.identity.verification import JWKS_PATH, TokenVerifier
from aura.settings.names import environment_name, hint
from consumer.doctor.context import Context
from consumer.doctor.findings import Finding, failure, ok, warning

NOTICEABLE_SECONDS = 3.0  # a Date header has whole seconds, and the answer takes its time


async def reachable(context: Context) -> list[Finding]:
    """Whether a Supabase project answers at the URL."""
    address = context.url + JWKS_PATH
    try:
        async with context.http.get(address, allow_redirects=False) as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        remedy = f"Is the project paused, or this machine cut off? {hint('supabase', 'url')}"
        return [failure(f"Nothing answers at {context.url} ({type(error).__name__}).", remedy)]
    if status not in (200, 404):  # 404: a self-hosted project from before there were signing keys
        return [failure(f"{context.url} answers {status} in the place of Supabase Auth.", hint("supabase", "url"))]
    return [ok(f"{context.url} answers.")]


async def clocks(context: Context) -> list[Finding]:
    """Whether this machine's clock is the project's: tokens live for a minute."""
    async with context.http.get(context.url + JWKS_PATH, allow_redirects=False) as answer:
        said = answer.headers.get("Date")
    if said is None:
        return [warning("The project does not say what time it is: clocks were not compared.")]
    return [judge_clocks(parsedate_to_datetime(said), context.clock(), context.settings.identity.leeway_seconds)]


def judge_clocks(theirs: datetime, ours: datetime, leeway: float) -> Finding:
    """Two moments that should be the same one; more than ``leeway`` seconds between them break tokens."""
    apart = (ours - theirs).total_seconds()
    said = f"This machine's clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} the project's"
    if abs(apart) > leeway + 1.0:
        return failure(f"{said}: tokens are refused.", "Set the clock by NTP (timedatectl set-ntp true).")
    if abs(apart) > NOTICEABLE_SECONDS:
        return warning(f"{said}.", "Set the clock by NTP (timedatectl set-ntp true).")
    return ok("The clocks agree.")


async def service_key(context: Context) -> list[Finding]:
    """Whether the project takes the secret key, for the whole of its data API."""
    return [await _taken(context, "service_key", f"{context.url}/rest/v1/")]


async def anon_key(context: Context) -> list[Finding]:
    """Whether the project takes the publishable key."""
    if context.settings.supabase.anon_key is None:
        return [ok("There is no publishable key to try.")]
    return [await _taken(context, "anon_key", f"{context.url}/auth/v1/settings")]


async def _taken(context: Context, setting: Setting, address: str) -> Finding:
    secret = context.settings.required("supabase", setting)
    headers: Mapping[str, str] = api_key(secret, setting, now=context.clock()).headers()
    name = environment_name("supabase", setting)
    async with context.http.get(address, headers=headers, allow_redirects=False) as answer:
        status = answer.status
    if status in (401, 403):
        return failure(f"The project refuses the key in {name} ({status}).", hint("supabase", setting))
    if status >= 500:
        return failure(f"{address} answers {status}.", "Look at the project's health in the dashboard.")
    return ok(f"The project takes the key in {name}.")


async def callers(context: Context) -> list[Finding]:
    """Whether callers' access tokens can be verified: by published keys, by the legacy secret, or not at all."""
    secret = context.settings.supabase.jwt_secret
    try:
        if secret is not None:
            secret_key(secret.get_secret_value())
        verifier = TokenVerifier.from_settings(context.settings, context.http)
        await verifier.check()
    except ConfigurationError as error:
        return [failure(str(error))]
    ways = "published keys" + (" and the legacy secret" if secret is not None else "")
    return [ok(f"Callers' tokens can be verified ({ways}).")]


async def owners(context: Context) -> list[Finding]:
    """Whether rows can be read as their owner, bounded by Row Level Security."""
    token = TokenMinter.from_settings(context.settings).token(str(uuid4()))
    if token is None:
        secret, key = environment_name("supabase", "jwt_secret"), environment_name("supabase", "signing_key")
        return [
            warning(
                "There is no key to sign tokens with: rows are read with the secret key, past Row Level Security.",
                f"Set {secret} or {key}. {hint('supabase', 'jwt_secret')}",
            )
        ]
    access = context.gateway.as_user(token)
    rows = await access.read(access.table("clothing_items").select("id").limit(1), "a stranger's wardrobe")
    if rows:
        return [failure("Somebody who owns nothing can read clothing_items.", "See the check row-level-security.")]
    return [ok("The project takes the tokens that this backend signs for owners.")]
