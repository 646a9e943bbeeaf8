"""One running sandbox: the database, PostgREST, Realtime, Auth and Storage behind one port.

`Project` starts the parts in the order in which they need each other and stops them in reverse,
whatever fails on the way. Everything it keeps lies in one folder, which is deleted at the end
unless the caller named it.
"""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psutil
from aiohttp import web

from sandbox.admin import AdminRoutes
from sandbox.auth.routes import AuthRoutes
from sandbox.auth.service import AuthService
from sandbox.database import prepare
from sandbox.faults import Faults
from sandbox.gateway import AUTHORIZATION, Gateway
from sandbox.keys import ProjectKeys, load_or_generate
from sandbox.listener import Listener
from sandbox.pools import service_pool
from sandbox.ports import LOOPBACK, free_port
from sandbox.postgres import PostgresServer
from sandbox.postgrest import PostgrestServer
from sandbox.realtime import FAST, REAL, RealtimeServer
from sandbox.realtime_keys import RealtimeKeys
from sandbox.rest_proxy import PREFIX as REST
from sandbox.rest_proxy import RestProxy
from sandbox.storage.files import FileStore
from sandbox.storage.routes import StorageRoutes
from sandbox.storage.service import StorageService
from sandbox.tokens import TokenIssuer, TokenVerifier, public_key_set

ProfileName = Literal["real", "fast"]
PROFILES = {"real": REAL, "fast": FAST}


@dataclass(frozen=True)
class Options:
    """What a person chooses about a sandbox; port 0 is any free one."""

    directory: Path
    durable: bool = False
    port: int = 0
    legacy_keys: bool = False
    profile: ProfileName = "real"
    token_seconds: int = 3600
