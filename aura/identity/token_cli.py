"""``aura token``: an access token to try the API with, in one line of shell.

Signs a person in, and up first where they are new, through the project's own Auth and its official client, as the
app does. Made for the sandbox: only there (on this machine) is there a password to fall back on, because an
account with a well-known password in a real project would be a hole in it.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import click
import httpx
import orjson
from supabase_auth import Session, SyncGoTrueClient
from supabase_auth.errors import AuthError, AuthRetryableError

from aura.errors import AuraError
from aura.identity.keys import api_key
from aura.identity.verification import AUTH_PATH
from aura.settings import load_settings

LOCAL_PASSWORD = "sandbox-only"  # noqa: S105 - opens nothing but a sandbox on this machine
PASSWORD_VARIABLE = "AURA_USER_PASSWORD"  # noqa: S105 - a name
TIMEOUT_SECONDS = 20.0
# What Auth says when it will not make accounts, and what that means for the person who asked.
NO_SIGN_UP = {
    "signup_disabled": "new accounts are switched off",
    "email_provider_disabled": "signing up by e-mail is switched off",
    "captcha_failed": "signing up needs a captcha",
    "email_address_not_authorized": "this address may not sign up",
    "over_email_send_rate_limit": "too many accounts were made in a short time",
}


@click.command()
@click.option("--user", "email", metavar="EMAIL", required=True, help="Who to be; signed up if new.")
@click.option(
    "--password",
    envvar=PASSWORD_VARIABLE,
    show_envvar=True,
    help="Their password; without it, on a sandbox, one that all its people share.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the person's id and the token's end as well.")
def token(email: str, password: str | None, *, as_json: bool) -> None:
    """Print an access token for a person of the sandbox, alone on stdout.

    \b
    curl -H "Authorization: Bearer $(aura token --user me@example.com)" localhost:8080/api/v1/recommendations/
    """
    settings = load_settings()
    url = settings.required("supabase", "url").rstrip("/")
    key = api_key(settings.required("supabase", "anon_key"), "anon_key")
    session = sign_in_or_up(url, key.value, email, password or _local_password(url))
    click.echo(orjson.dumps(_described(session)).decode() if as_json else session.access_token)


def sign_in_or_up(url: str, key: str, email: str, password: str) -> Session:
    """A new session of the person, whose account is made if there is none.

    Raises:
        AuraError: naming what to do about it.
    """
    with httpx.Client(timeout=TIMEOUT_SECONDS) as http:
        client = SyncGoTrueClient(
            url=f"{url}{AUTH_PATH}",
            headers={"apikey": key},
            http_client=http,
            auto_refresh_token=False,
            persist_session=False,
        )
        try:
            return _sign_in(client, email, password) or _sign_up(client, email, password)
        except AuthError as error:
            raise _explained(error, url, email) from None


def _sign_in(client: SyncGoTrueClient, email: str, password: str) -> Session | None:
    """A session; None where Auth knows no such person, or another password of theirs: it does not say which."""
    try:
        return client.sign_in_with_password({"email": email, "password": password}).session
    except AuthError as error:
        if error.code == "invalid_credentials":
            return None
        raise


def _sign_up(client: SyncGoTrueClient, email: str, password: str) -> Session:
    session = client.sign_up({"email": email, "password": password}).session
    if session is None:
        raise AuraError(f"{email} must be confirmed by e-mail first: this project asks that of new accounts.")
    return session


def _explained(error: AuthError, url: str, email: str) -> AuraError:
    if isinstance(error, AuthRetryableError):
        return AuraError(f"Nothing answers at {url}. Is the sandbox running? Start it: aura sandbox --env-file .env")
    if error.code in {"user_already_exists", "email_exists"}:
        return AuraError(
            f"{email} has an account with another password: give it with --password or {PASSWORD_VARIABLE}."
        )
    if error.code in NO_SIGN_UP:
        return AuraError(
            f"{email} is not known here with this password, and {NO_SIGN_UP[error.code]}: sign up in the app first."
        )
    if error.code is None:
        return AuraError(f"{url} does not answer as Supabase Auth does: check SUPABASE_URL and its API keys.")
    return AuraError(f"Auth refused {email}: {error.message}")


def _local_password(url: str) -> str:
    if not _is_local(urlsplit(url).hostname or ""):
        raise AuraError(
            f"{url} is not on this machine, so there is no password to fall back on: "
            f"give one with --password or {PASSWORD_VARIABLE}."
        )
    return LOCAL_PASSWORD


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _described(session: Session) -> dict[str, object]:
    return {
        "access_token": session.access_token,
        "token_type": "bearer",
        "expires_at": session.expires_at,
        "user_id": session.user.id,
        "email": session.user.email,
    }
