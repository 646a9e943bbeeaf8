"""``aura run`` as a subprocess on a sandbox, with photos that the test serves (and may hold back)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.support.accounts import People
from tests.support.daemon_process import DaemonProcess, daemon_environment, running
from tests.support.photo_server import PhotoServer, serving_photos
from tests.support.sandboxes import migrated_sandbox
from tests.support.wardrobes import Wearer


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One of the module's own: a daemon does whatever work it finds, and these tests count what theirs does."""
    with migrated_sandbox("fast") as migrated:
        yield migrated


@pytest.fixture
async def photos() -> AsyncIterator[PhotoServer]:
    """Photos of the test's own."""
    async with serving_photos() as server:
        yield server


@pytest.fixture
async def ada(people: People) -> Wearer:
    """Somebody new."""
    return Wearer(await people.sign_up("ada"))


class Daemons:
    """Starts daemons on the sandbox; ``settings`` change or (empty) take away what they are given."""

    def __init__(self, sandbox: Sandbox, photos: PhotoServer, folder: Path, stack: AsyncExitStack) -> None:
        self._given = {
            **daemon_environment(sandbox),
            "AURA__PHOTOS__ALLOWED_HOSTS": photos.origin,
            "AURA__PHOTOS__ALLOW_PRIVATE_HOSTS": "true",
        }
        self._folder = folder
        self._started = 0
        self._stack = stack

    async def start(self, *arguments: str, **settings: str) -> DaemonProcess:
        """A daemon that was just started."""
        environment = {name: value for name, value in {**self._given, **settings}.items() if value}
        self._started += 1
        folder = self._folder / str(self._started)
        folder.mkdir()
        daemon = DaemonProcess(environment, folder, ("-m", "aura", "run", *arguments))
        return await self._stack.enter_async_context(running(daemon))

    async def refused(self, *arguments: str, **settings: str) -> str:
        """The one line with which a daemon ends that cannot run; its exit code is 1."""
        daemon = await self.start(*arguments, **settings)
        assert await daemon.ended(60) == 1, daemon.tail()
        said = [line["text"] for line in daemon.lines() if "text" in line]
        assert len(said) == 1, daemon.tail()
        assert said[0].startswith("error: ")
        return str(said[0])


@pytest.fixture
async def daemons(sandbox: Sandbox, photos: PhotoServer, tmp_path: Path) -> AsyncIterator[Daemons]:
    """Starts daemons; what still runs at the end is killed."""
    async with AsyncExitStack() as stack:
        yield Daemons(sandbox, photos, tmp_path, stack)
