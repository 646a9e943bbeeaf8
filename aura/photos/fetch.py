"""Downloads the photo behind an ``image_url`` without trusting the URL, its host or the answer.

Promises: only listed hosts are asked, at checked addresses (``addresses.py``); redirects are few and
never leave the host; at most ``max_bytes`` are ever held; everything ends within ``timeout_seconds``.
Private objects of the project's own Storage are read with the owner's token, so that Row Level Security
decides; the service key is never sent. Answers are not unpacked: a compressed body stays the size it was
sent in and fails later as a type that is not a photo.

A photo counts as missing only when its host says so in one of these ways: 404, 410, or Storage's own 400
whose body says ``"statusCode": "404"``. That is still ``Transient("photo_missing")`` (uploads may trail
their row); the caller makes it permanent once it has lasted long enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver
from yarl import URL

from aura import __version__
from aura.errors import Permanent, Transient
from aura.photos.addresses import PublicResolver
from aura.photos.target import AllowList, Target
from aura.settings import Settings

CHUNK = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MISSING = frozenset({404, 410})
HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "User-Agent": f"aura-backend/{__version__}",
}


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The bounds of one download: bytes, seconds from the first to the last of it, redirects followed."""

    max_bytes: int = 15 * 1024 * 1024
    timeout_seconds: float = 20.0
    max_redirects: int = 3


class PhotoFetcher:
    """Fetches photos; one for the whole process, closed with ``aclose``.

    Args:
        own_origin: the Supabase project's URL.
        api_key: the project's anon or publishable key, which Supabase's gateway asks for beside the token;
            without it private photos cannot be fetched.
        allowed_hosts: further hosts, see ``AllowList``.
        allow_private_hosts: whether those may lie at private addresses.
        resolver: resolves the names of those hosts, for tests; the system's where not given.
    """

    def __init__(
        self,
        own_origin: str,
        api_key: str | None,
        *,
        allowed_hosts: tuple[str, ...] = (),
        allow_private_hosts: bool = False,
        limits: FetchLimits | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allow = AllowList(own_origin, allowed_hosts, allow_private=allow_private_hosts)
        self._api_key = api_key
        self._limits = limits or FetchLimits()
        inner = resolver or aiohttp.ThreadedResolver()
        self._resolver = inner if allow_private_hosts else PublicResolver(inner)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The fetcher that the settings ask for.

        Raises:
            ConfigurationError: the project's URL is not set.
        """
        photos, anon_key = settings.photos, settings.supabase.anon_key
        return cls(
            settings.required("supabase", "url"),
            anon_key.get_secret_value() if anon_key else None,
            allowed_hosts=photos.allowed_hosts,
            allow_private_hosts=photos.allow_private_hosts,
            limits=FetchLimits(photos.max_bytes, photos.timeout_seconds, photos.max_redirects),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes every connection; the fetcher may not be used afterwards."""
        for session in self._sessions.values():
            await session.close()
        await self._resolver.close()

    async def fetch(self, url: str, token: str | None = None) -> bytes:
        """The bytes of the photo at ``url``, at most ``max_bytes``.

        Args:
            url: what the row holds; public, signed or authenticated Storage links, or another listed host.
            token: the owner's access token, sent for private objects of the project's own Storage alone.

        Raises:
            Permanent: ``photo_host_not_allowed`` or ``photo_too_large``.
            Transient: ``photo_missing`` (see the module) or ``photo_unreachable`` (anything else).
        """
        target = self._allow.target(url)
        host = target.url.host
        try:
            async with asyncio.timeout(self._limits.timeout_seconds):
                return await self._follow(target, token)
        except TimeoutError:
            raise _unreachable(f"{host} did not finish within {self._limits.timeout_seconds:g} s") from None
        except aiohttp.ClientError as error:
            raise _unreachable(f"the connection to {host} failed ({type(error).__name__})") from None

    async def _follow(self, target: Target, token: str | None) -> bytes:
        for _ in range(self._limits.max_redirects + 1):
            answer = await self._request(target, token)
            if isinstance(answer, bytes):
                return answer
            target = self._redirected(target, answer)
        raise _unreachable(f"{target.url.host} redirects more than {self._limits.max_redirects} times")

    async def _request(self, target: Target, token: str | None) -> bytes | URL:
        """The body, or where the host says it is."""
        headers = self._headers(target, token)
        session = self._session(own=target.own)
        async with session.get(target.url, headers=headers, allow_redirects=False) as response:
            if response.status in REDIRECTS and "Location" in response.headers:
                return _location(target.url, response.headers["Location"])
            if response.status != 200:
                raise await self._not_a_photo(response)
            return await self._body(response)

    def _headers(self, target: Target, token: str | None) -> Mapping[str, str]:
        if not target.private:
            return HEADERS
        if token is None:
            raise _unreachable("it is private and no token of its owner can be made; set SUPABASE_JWT_SECRET")
        if self._api_key is None:
            raise _unreachable("it is private, and asking for it needs SUPABASE_ANON_KEY")
        return {**HEADERS, "apikey": self._api_key, "Authorization": f"Bearer {token}"}

    def _session(self, *, own: bool) -> aiohttp.ClientSession:
        """One session for the project's own origin, another, which sees open addresses only, for the rest."""
        session = self._sessions.get(own)
        if session is None:
            connector = aiohttp.TCPConnector(resolver=None if own else self._resolver, limit=20)
            session = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._limits.timeout_seconds),
                trust_env=False,
            )
            self._sessions[own] = session
        return session

    def _redirected(self, target: Target, location: URL) -> Target:
        following = self._allow.target(str(location))
        if following.url.host != target.url.host:
            raise Permanent("photo_host_not_allowed", f"The photo's host {target.url.host} redirects elsewhere.")
        return following

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        if (response.content_length or 0) > self._limits.max_bytes:
            raise self._too_large()
        body = await _read(response, self._limits.max_bytes + 1)
        if len(body) > self._limits.max_bytes:
            raise self._too_large()
        return body

    def _too_large(self) -> Permanent:
        most = self._limits.max_bytes / (1024 * 1024)
        return Permanent("photo_too_large", f"The photo is larger than {most:g} MB.")

    async def _not_a_photo(self, response: aiohttp.ClientResponse) -> Transient:
        missing = response.status in MISSING
        if response.status == 400:
            missing = _storage_says_missing(await _read(response, CHUNK))
        if missing:
            return Transient("photo_missing", f"{response.url.host} has no such photo.")
        return _unreachable(f"{response.url.host} answered {response.status}")


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Up to ``most`` bytes of the body, whatever Content-Length claims."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) >= most:
            break
    return bytes(body[:most])


def _location(base: URL, location: str) -> URL:
    try:
        return base.join(URL(location))
    except ValueError:
        raise _unreachable(f"{base.host} redirects to an address that cannot be read") from None


def _storage_says_missing(body: bytes) -> bool:
    """Storage answers 400 for a missing object and puts the real status into the body."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(answer, dict) and str(answer.get("statusCode")) == "404"


def _unreachable(why: str) -> Transient:
    return Transient("photo_unreachable", f"The photo cannot be fetched: {why}.")
