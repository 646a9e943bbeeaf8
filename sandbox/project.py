"""One running sandbox: the database, PostgREST, Realtime, Auth and Storage behind one port.

`running` starts the parts in the order in which they need each other and stops them in reverse,
whatever fails on the way. All it keeps lies in one folder.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.admin import AdminRoutes
from sandbox.auth.routes import AuthRoutes
from sandbox.auth.service import AuthService
from sandbox.database import prepare
from sandbox.faults import Faults
from sandbox.gateway import AUTHORIZATION, Gateway
from sandbox.keys import ProjectKeys, load_or_generate
from sandbox.listener import Listener
from sandbox.pools import Pool, service_pool
from sandbox.ports import LOOPBACK, free_port
from sandbox.postgres import PostgresServer
from sandbox.postgrest import PostgrestServer, find_postgrest
from sandbox.profiles import ProfileName
from sandbox.realtime import FAST, REAL, RealtimeServer
from sandbox.realtime_keys import RealtimeKeys
from sandbox.rest_proxy import PREFIX as REST
from sandbox.rest_proxy import RestProxy
from sandbox.storage.buckets import BucketService
from sandbox.storage.files import MAX_BYTES, FileStore
from sandbox.storage.routes import StorageRoutes
from sandbox.storage.service import StorageService
from sandbox.storage.signing import UrlSigner
from sandbox.tokens import ACCESS_TOKEN_SECONDS, TokenIssuer, TokenVerifier, public_key_set

PROFILES = {"real": REAL, "fast": FAST}


@dataclass(frozen=True)
class Options:
    """What a person chooses about a sandbox. Port 0 is any free one; `durable` keeps fsync on."""

    directory: Path
    durable: bool = False
    port: int = 0
    legacy_keys: bool = False
    profile: ProfileName = "real"
    token_seconds: int = ACCESS_TOKEN_SECONDS


class Project:
    """The parts of a sandbox, made but not started."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.port = options.port or free_port()
        self.keys: ProjectKeys = load_or_generate(options.directory / "keys.json")
        self.postgres = PostgresServer(options.directory / "database", durable=options.durable)
        self._verifier = TokenVerifier(self.keys)

    @property
    def url(self) -> str:
        """The base URL that clients are given."""
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self, stack: AsyncExitStack) -> None:
        """Starts every part and books its end on `stack`. Raises SandboxError with the remedy."""
        find_postgrest()  # what is missing is said before anything is started
        stack.push_async_callback(self.postgres.stop)
        await self.postgres.start()
        await prepare(self.postgres)
        rest = await self._start_postgrest(stack)
        realtime = RealtimeServer(
            self.postgres.superuser_dsn(), RealtimeKeys(self._verifier), PROFILES[self.options.profile]
        )
        app = web.Application(middlewares=self._gateway().middlewares(), client_max_size=MAX_BYTES)
        await self._add_routes(app, rest, realtime, stack)
        listener = Listener(app, self.port)
        self._realtime = realtime
        self._faults = Faults(listener, self.postgres, realtime, self._verifier)
        stack.push_async_callback(realtime.stop)
        await realtime.start()
        stack.push_async_callback(listener.stop)
        stack.push_async_callback(self._faults.close)
        await listener.start()

    async def postgrest_ended(self) -> None:
        """Returns when PostgREST has ended, which it does not do by itself in a sound sandbox."""
        await self._postgrest.ended()

    async def state(self) -> dict[str, Any]:
        """What runs, for `/sandbox/v1/status`."""
        return {
            "postgres": self.postgres.running,
            "faults": self._faults.active(),
            "realtime": self._realtime.status(),
        }

    def _gateway(self) -> Gateway:
        return Gateway(self.keys, self._verifier, lambda: self._faults)

    async def _start_postgrest(self, stack: AsyncExitStack) -> RestProxy:
        log = self.options.directory / "postgrest.log"
        server = PostgrestServer(self.postgres.dsn("authenticator"), self.keys, log)
        self._postgrest = server
        stack.push_async_callback(server.stop)
        await server.start()
        proxy = RestProxy(server.url)
        stack.push_async_callback(proxy.stop)
        await proxy.start()
        return proxy

    async def _add_routes(
        self, app: web.Application, rest: RestProxy, realtime: RealtimeServer, stack: AsyncExitStack
    ) -> None:
        async def forward(request: web.Request) -> web.Response:
            return await rest.forward(request, request.get(AUTHORIZATION))

        app.router.add_route("*", REST, forward)
        app.router.add_route("*", REST + "/{path:.*}", forward)
        app.router.add_get("/realtime/v1/websocket", realtime.websocket)
        AuthRoutes(await self._auth(stack), self._key_set()).add_to(app)
        (await self._storage(stack)).add_to(app)
        AdminRoutes(self.keys, lambda: self._faults, self.state).add_to(app)

    async def _auth(self, stack: AsyncExitStack) -> AuthService:
        pool = await self._pool("supabase_auth_admin", stack)
        issuer = TokenIssuer(self.keys, f"{self.url}/auth/v1", self.options.legacy_keys, self.options.token_seconds)
        return AuthService(pool, issuer, self._verifier, _now)

    async def _storage(self, stack: AsyncExitStack) -> StorageRoutes:
        pool = await self._pool("supabase_storage_admin", stack)
        files = FileStore(self.options.directory / "storage")
        files.create()
        objects = StorageService(pool, files, UrlSigner(self.keys.jwt_secret), _now)
        return StorageRoutes(objects, BucketService(pool, files), self._verifier)

    async def _pool(self, role: str, stack: AsyncExitStack) -> Pool:
        pool = service_pool(self.postgres.dsn(role), role)
        await pool.open()
        stack.push_async_callback(pool.close)
        return pool

    def _key_set(self) -> dict[str, Any]:
        return public_key_set(self.keys, legacy=self.options.legacy_keys)


@asynccontextmanager
async def running(options: Options) -> AsyncIterator[Project]:
    """A started sandbox; everything it started is stopped at the end, also when starting fails."""
    async with AsyncExitStack() as stack:
        project = Project(options)
        await project.start(stack)
        yield project


def _now() -> datetime:
    return datetime.now(UTC)
