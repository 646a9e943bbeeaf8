"""Decides, as Supabase's gateway does, who a request speaks for: API key in, Authorization out.

The services behind the gateway only understand JWTs in `Authorization`. The API key arrives in the
header `apikey` or in the query; clients also copy it into `Authorization: Bearer`, which is how an
opaque `sb_…` key gets there and has to be swapped. The rule is that of Supabase's own gateway.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.keys import ProjectKeys

OPAQUE_BEARER = "Bearer sb_"


@dataclass(frozen=True)
class Refusal:
    """Why the gateway turns a request away (always with status 401)."""

    message: str
    hint: str

    def body(self) -> dict[str, str]:
        """The JSON that hosted projects answer with."""
        return {"message": self.message, "hint": self.hint}


NO_KEY = Refusal("No API key found in request", "No `apikey` request header or url param was found.")
WRONG_KEY = Refusal("Invalid API key", "Double check your Supabase `anon` or `service_role` API key.")


def check_api_key(keys: ProjectKeys, api_key: str | None) -> Refusal | None:
    """Whether a path that needs an API key may be entered with this one."""
    if not api_key:
        return NO_KEY
    return None if keys.legacy_key(api_key) else WRONG_KEY


def authorization(keys: ProjectKeys, api_key: str | None, header: str | None) -> str | None:
    """The Authorization header that the service behind the gateway gets.

    A header of the caller's own stays, unless it is an opaque key. Otherwise an opaque API key
    becomes its JWT, while an old-style key is copied without "Bearer": PostgREST then takes the
    caller for anon, whatever the key, exactly as it does behind Supabase's gateway.
    """
    if header and not header.startswith(OPAQUE_BEARER):
        return header
    bearer = header.removeprefix("Bearer ") if header else None
    key = api_key or bearer
    if key is None:
        return None
    swapped = keys.legacy_key(key)
    if swapped is None or swapped == key:
        return key
    return f"Bearer {swapped}"


def without_api_key(query: str) -> str:
    """A raw query string less its `apikey` parameter, which PostgREST would take for a filter."""
    return "&".join(part for part in query.split("&") if part and not part.startswith("apikey="))
