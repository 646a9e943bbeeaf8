"""What checks look at: the settings, and the connections that earlier checks opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from aura.gateway.rest import Gateway
from aura.gateway.work import WorkLedger
from aura.migrations.session import Connection
from aura.settings import Settings


@dataclass(slots=True)
class Context:
    """One examination.

    ``clock``: this machine's present moment, aware. ``processes``: how many processes are meant to run.
    ``with_ai``: whether a paid call may be made. ``stack`` closes what was opened. ``_gateway`` and ``_database``
    are set by the checks ``keys`` and ``database``; whatever uses them needs those.
    """

    settings: Settings
    http: aiohttp.ClientSession
    stack: AsyncExitStack
    clock: Callable[[], datetime]
    processes: int = 1
    with_ai: bool = False
    _gateway: Gateway | None = field(default=None, init=False)
    _database: Connection | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The project's URL without a slash at its end."""
        return self.settings.required("supabase", "url").rstrip("/")

    @property
    def gateway(self) -> Gateway:
        """The project's data API; the check ``keys`` has passed."""
        if self._gateway is None:
            raise RuntimeError("a check that uses the gateway must need 'keys'")
        return self._gateway

    @property
    def database(self) -> Connection:
        """The connection of SUPABASE_DB_URL; the check ``database`` has passed."""
        if self._database is None:
            raise RuntimeError("a check that asks the database must need 'database'")
        return self._database

    @property
    def ledger(self) -> WorkLedger:
        """The database's account of the work."""
        return WorkLedger(self.gateway)

    def opened(self, *, gateway: Gateway | None = None, database: Connection | None = None) -> None:
        """Keep a connection for the checks that follow."""
        self._gateway = gateway or self._gateway
        self._database = database or self._database

    async def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of one statement over SUPABASE_DB_URL; the check ``database`` has passed.

        Raises:
            psycopg.Error: the database refused.
        """
        return await (await self.database.execute(query.encode(), parameters or None)).fetchall()
