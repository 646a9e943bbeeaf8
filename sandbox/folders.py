"""Where a sandbox keeps its data: a named folder that stays, or a temporary one that goes.

A sandbox that was killed with -9 cannot tidy up. Each holds a lock on its temporary folder, so
that the next one to start can tell the abandoned folders from those in use and delete them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sandbox.errors import SandboxError

PREFIX = "aura-sandbox-run-"
LOCK = "in-use.lock"
GRACE_SECONDS = 60.0
PASSABLE = 0o711  # PostgreSQL's user goes through, but cannot look around


@contextmanager
def data_folder(chosen: Path | None) -> Iterator[Path]:
    """The folder to use, locked while in use; deleted at the end unless it was chosen.

    Raises SandboxError when another sandbox uses the chosen folder.
    """
    if chosen is None:
        remove_abandoned()
    folder = _create(chosen)
    with (folder / LOCK).open("w") as handle:
        if not _lock(handle):
            raise SandboxError(f"{folder} is in use by another sandbox: stop it, or choose another --data-dir")
        try:
            yield folder
        finally:
            if chosen is None:
                shutil.rmtree(folder)


def remove_abandoned() -> list[Path]:
    """Deletes the temporary folders of sandboxes that were killed; which they were."""
    mine = [folder for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if _is_mine(folder, time.time())]
    return [folder for folder in mine if _remove_if_abandoned(folder)]


def _create(chosen: Path | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)) if chosen is None else chosen.expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(PASSABLE)
    return folder


def _remove_if_abandoned(folder: Path) -> bool:
    with suppress(FileNotFoundError), (folder / LOCK).open("w") as handle:
        if _lock(handle):
            shutil.rmtree(folder, ignore_errors=True)
            return True
    return False


def _is_mine(folder: Path, now: float) -> bool:
    """Whether a folder is ours and too old to be between its creation and its owner's lock."""
    with suppress(FileNotFoundError):
        state = folder.stat()
        return state.st_uid == os.geteuid() and now - state.st_mtime > GRACE_SECONDS
    return False


def _lock(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
