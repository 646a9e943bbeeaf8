"""Decides which request, if any, a photo's URL becomes: the allow-list and the routes of Storage.

Pure: a URL goes in, a ``Target`` comes out or ``Permanent("photo_host_not_allowed")`` is raised. The
fetcher asks again for every redirect, so that no hop escapes these rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from yarl import URL

from aura.errors import ConfigurationError, Permanent
from aura.photos.addresses import is_public_address
from aura.photos.identity import parse_storage_url

STORAGE = "/storage/v1/"


@dataclass(frozen=True, slots=True)
class Target:
    """One request for a photo.

    ``own``: it goes to the project's own Storage, whose address may be a private one.
    ``private``: it is a private object, to be asked for with the owner's token.
    """

    url: URL
    own: bool
    private: bool


class AllowList:
    """The hosts that photos may come from: the project's own Storage and whatever the settings add.

    Args:
        own_origin: the project's URL, such as ``https://ref.supabase.co``.
        hosts: ``cdn.example.com`` (https only), ``cdn.example.com:8443`` or a whole origin such as
            ``http://images.internal:8080``.
        allow_private: whether hosts other than the project's own may lie at private addresses.

    Raises:
        ConfigurationError: an entry of ``hosts`` is no host.
    """

    def __init__(self, own_origin: str, hosts: Iterable[str] = (), *, allow_private: bool = False) -> None:
        self._own = _origin(URL(own_origin))
        self._others = frozenset(_listed(host) for host in hosts)
        self._allow_private = allow_private

    def target(self, url: str) -> Target:
        """The request that fetches the photo at ``url``.

        Raises:
            Permanent: ``photo_host_not_allowed``, with the host but never the (signed) URL in its message.
        """
        parsed = _parse(url)
        if _origin(parsed) == self._own:
            return _own_target(parsed)
        if _origin(parsed) not in self._others:
            raise _refused(parsed, "is not on the list photos.allowed_hosts")
        if _is_literal(parsed) and not (self._allow_private or is_public_address(parsed.host or "")):
            raise _refused(parsed, "is a private address")
        return Target(parsed, own=False, private=False)


def _listed(host: str) -> tuple[str, str, int | None]:
    try:
        url = URL(host if "://" in host else f"https://{host}")
        usable = url.scheme in ("http", "https") and bool(url.host) and url.path in ("", "/")
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            f"photos.allowed_hosts (AURA__PHOTOS__ALLOWED_HOSTS): {host!r} is no host. Write cdn.example.com or "
            "http://images.internal:8080, several of them with commas between."
        )
    return _origin(url)


def _origin(url: URL) -> tuple[str, str, int | None]:
    return url.scheme, (url.host or "").lower(), url.port


def _parse(url: str) -> URL:
    try:
        parsed = URL(url)
        usable = parsed.scheme in ("http", "https") and bool(parsed.host) and parsed.explicit_port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Permanent("photo_host_not_allowed", "The photo's address is not an http(s) URL.")
    if parsed.user is not None or parsed.password is not None:
        raise _refused(parsed, "comes with a user name, which is not accepted")
    return parsed.with_fragment(None)


def _own_target(url: URL) -> Target:
    """The original object, whichever of Storage's routes the URL names.

    Signed and resized links become the authenticated route of the same object: signatures expire, and
    a thumbnail is not what was uploaded.
    """
    if not url.raw_path.startswith(STORAGE) or _climbs(url):
        raise _refused(url, "serves photos below /storage/v1/ only")
    stored = parse_storage_url(str(url))
    if stored is None or url.raw_path.startswith(f"{STORAGE}object/public/"):
        return Target(url, own=True, private=False)
    route = "public" if stored.access == "public" else "authenticated"
    address = f"{url.origin()}{STORAGE}object/{route}/{stored.path}"
    return Target(URL(address, encoded=True), own=True, private=route == "authenticated")


def _climbs(url: URL) -> bool:
    return ".." in unquote(url.raw_path).replace("\\", "/").split("/")


def _is_literal(url: URL) -> bool:
    host = url.host or ""
    return ":" in host or host.replace(".", "").isdigit()


def _refused(url: URL, why: str) -> Permanent:
    return Permanent("photo_host_not_allowed", f"The photo's host {url.host} {why}.")
