"""On whose behalf a handler reads and writes.

The API's caller acts with the token they came with. The daemon acts as the row's owner with a token of
its own making, or with the service key where it can make none. In each case every query also names the
owner: Row Level Security is the wall, the filter is what keeps a handler to one person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aura.gateway.items import find_owner
from aura.gateway.rest import Access
from handlers.services import Services


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who asked through the API: their id from the verified token, and that token."""

    user_id: str
    token: str = field(repr=False)


class Acting:
    """One person, and the means to act as them. Ask for ``access`` anew each time: tokens are short."""

    def __init__(self, services: Services, owner: str, caller: Caller | None = None) -> None:
        if caller is not None and caller.user_id != owner:
            raise ValueError("a caller acts for themselves only")
        self.owner = owner
        self._services = services
        self._caller = caller

    def token(self) -> str | None:
        """The person's access token, if there is one."""
        return self._caller.token if self._caller else self._services.minter.token(self.owner)

    def access(self) -> Access:
        """The database as this person."""
        token = self.token()
        if token is None:
            return self._services.gateway.as_service()
        if self._caller:
            return self._services.gateway.as_user(token, who="caller")
        return self._services.gateway.as_user(token, on_expired=lambda: self._services.minter.forget(self.owner))


async def acting_for_item(item_id: str, services: Services, caller: Caller | None, owner: str | None) -> Acting | None:
    """Who to act as for an item: the caller, else its owner (``owner`` spares the look-up); None: no such item."""
    if caller is not None:
        return Acting(services, caller.user_id, caller)
    owner = owner or await find_owner(services.gateway, item_id)
    return None if owner is None else Acting(services, owner)
