"""The settings that open a project: its URL, its API keys, the database's URL. Nothing is asked of anybody."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta

import jwt
from psycopg import ProgrammingError, conninfo
from pydantic import SecretStr
from yarl import URL

from aura.errors import ConfigurationError
from aura.gateway.rest import Gateway
from aura.identity.keys import Setting, api_key
from aura.settings.names import environment_name, hint
from consumer.doctor.context import Context
from consumer.doctor.findings import Finding, failure, ok, skipped, unless_wrong, warning

SOON = timedelta(days=30)
TRANSACTION_POOLER = 6543


async def url(context: Context) -> list[Finding]:
    """Whether SUPABASE_URL is the URL of a project."""
    given = context.settings.supabase.url
    if given is None:
        return [failure(f"{environment_name('supabase', 'url')} is not set.", hint("supabase", "url"))]
    parsed = URL(str(given))
    name = environment_name("supabase", "url")
    if parsed.path not in ("", "/"):
        return [failure(f"{name} has a path ({parsed.path}).", f"Set it to {parsed.origin()}")]
    if parsed.scheme != "https" and not _local(parsed.host or ""):
        return [warning(f"{name} is not https: keys and tokens travel in the open.", "Write it with https://")]
    return [ok(f"The project is {parsed.origin()}.")]


async def keys(context: Context) -> list[Finding]:
    """Whether each key is of its kind, for its role, of this project and not about to expire."""
    supabase, now = context.settings.supabase, context.clock()
    name = environment_name("supabase", "service_key")
    if supabase.service_key is None:
        return [failure(f"{name} is not set.", hint("supabase", "service_key"))]
    found = [*_key(context.url, "service_key", supabase.service_key, now)]
    if supabase.anon_key is not None:
        found += _key(context.url, "anon_key", supabase.anon_key, now)
    else:
        found.append(_no_anon_key())
    if not any(finding.level == "failure" for finding in found):
        context.opened(gateway=await context.stack.enter_async_context(Gateway.from_settings(context.settings)))
    return found


def _no_anon_key() -> Finding:
    """Rows are then read as their owner with the secret key as the API key; private photos cannot be fetched."""
    name = environment_name("supabase", "anon_key")
    return warning(f"{name} is not set: photos in private buckets cannot be fetched.", hint("supabase", "anon_key"))


def _key(project: str, setting: Setting, secret: SecretStr, now: datetime) -> Iterator[Finding]:
    name, value = environment_name("supabase", setting), secret.get_secret_value()
    try:
        key = api_key(value, setting, now=now)
    except ConfigurationError as error:
        yield failure(str(error))
        return
    if not key.bearer:
        yield ok(f"{name} is a key of the new kind for the role {key.role}.")
        return
    claims = jwt.decode(value.strip(), options={"verify_signature": False})
    yield from unless_wrong([*_wrong_claims(project, setting, claims, now)], f"{name} is a legacy {key.role} key.")


def _wrong_claims(project: str, setting: Setting, claims: dict[str, object], now: datetime) -> Iterator[Finding]:
    name, reference, expires = environment_name("supabase", setting), claims.get("ref"), claims.get("exp")
    host = URL(project).host or ""
    if isinstance(reference, str) and host.endswith(".supabase.co") and not host.startswith(f"{reference}."):
        yield failure(f"{name} is a key of the project {reference}, not of {host}.", hint("supabase", setting))
    if isinstance(expires, int | float) and expires < (now + SOON).timestamp():
        end = datetime.fromtimestamp(expires, now.tzinfo)
        yield warning(f"{name} expires on {end:%Y-%m-%d}.", f"Get a new one in time. {hint('supabase', setting)}")


async def database_url(context: Context) -> list[Finding]:
    """Whether SUPABASE_DB_URL, where set, is a connection that a session can be held on."""
    secret = context.settings.supabase.db_url
    if secret is None:
        remedy = f"Set it for a full examination. {hint('supabase', 'db_url')}"
        return [skipped("SUPABASE_DB_URL is not set: what only the database itself can tell is not looked at.", remedy)]
    try:
        parts = conninfo.conninfo_to_dict(secret.get_secret_value())
    except ProgrammingError:  # its text would repeat the password
        return [failure("SUPABASE_DB_URL is not a PostgreSQL URL.", hint("supabase", "db_url"))]
    if str(parts.get("port")) == str(TRANSACTION_POOLER):
        return [
            failure(
                "SUPABASE_DB_URL is the transaction pooler (port 6543): it has no sessions, which migrations need.",
                "Use the session pooler: the same URL with port 5432.",
            )
        ]
    return [ok(f"SUPABASE_DB_URL names {parts.get('host', 'localhost')}:{parts.get('port', 5432)}.")]


def _local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host
