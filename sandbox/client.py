"""Starts a sandbox as a process of its own and ends it: for tests, the demo and benchmarks.

A process of its own, because the daemon under test must not share its event loop, and because
some tests kill what they test. It ends with the program that started it, however that ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sandbox.errors import SandboxError
from sandbox.fault_client import FaultClient
from sandbox.launch import launch_command
from sandbox.profiles import ProfileName

START_SECONDS = 90.0
STOP_SECONDS = 30.0
PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Sandbox:
    """`async with Sandbox() as sandbox:` or `with …`: a running sandbox and how to reach it.

    The default profile is `real`; port 0 is any free one.
    """

    profile: ProfileName = "real"
    legacy_keys: bool = False
    port: int = 0
    data_dir: Path | None = None
    token_seconds: int = 3600
    settings: dict[str, str] = field(default_factory=dict, init=False, repr=False)
    pid: int = field(default=0, init=False)
    start_seconds: float = field(default=0.0, init=False)
    _process: subprocess.Popen[str] | None = field(default=None, init=False, repr=False)
    _errors: IO[str] | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        return self.settings["SUPABASE_URL"]

    @property
    def anon_key(self) -> str:
        return self.settings["SUPABASE_ANON_KEY"]

    @property
    def service_key(self) -> str:
        return self.settings["SUPABASE_SERVICE_ROLE_KEY"]

    @property
    def publishable_key(self) -> str:
        return self.settings["SUPABASE_PUBLISHABLE_KEY"]

    @property
    def secret_key(self) -> str:
        return self.settings["SUPABASE_SECRET_KEY"]

    @property
    def jwt_secret(self) -> str:
        return self.settings["SUPABASE_JWT_SECRET"]

    @property
    def db_url(self) -> str:
        return self.settings["SUPABASE_DB_URL"]

    @property
    def faults(self) -> FaultClient:
        """The sandbox's faults."""
        return FaultClient(self.url, self.service_key)

    def start(self) -> None:
        """Starts it and waits for its ready line. Raises SandboxError with what it complained about.

        Call it in a thread that lives as long as the sandbox: the kernel ends the process with it.
        """
        self._spawn()
        self._await_ready()

    def stop(self) -> None:
        """Ends it as Ctrl-C does, and waits until nothing of it is left."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._close_pipes(process)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self._spawn()  # in this thread, see start()
        await asyncio.to_thread(self._await_ready)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _spawn(self) -> None:
        errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in stop()
        arguments = ["-m", "sandbox", *self._options()]
        command = launch_command(Path(sys.executable), *arguments, user=None, death_signal=signal.SIGTERM)
        path = os.pathsep.join(filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")]))
        self._errors = errors
        self._process = subprocess.Popen(  # noqa: S603 - our own program, and no shell
            command,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C is for the program that started us: it stops us in its own order
        )

    def _options(self) -> Sequence[str]:
        keys = "--legacy-keys" if self.legacy_keys else "--signing-keys"
        options = ["--json", keys, "--port", str(self.port), "--profile", self.profile]
        folder = [] if self.data_dir is None else ["--data-dir", str(self.data_dir)]
        return [*options, "--token-seconds", str(self.token_seconds), *folder]

    def _await_ready(self) -> None:
        line = self._first_line()
        if not line:
            complaint = self._complaint()
            self.stop()
            raise SandboxError(f"the sandbox did not start: {complaint}")
        ready = json.loads(line)
        self.pid, self.start_seconds = ready["pid"], ready["seconds"]
        self.settings = {name: value for name, value in ready.items() if name.startswith("SUPABASE_")}

    def _first_line(self) -> str:
        process = self._process
        if process is None or process.stdout is None:
            raise RuntimeError("the sandbox was not spawned")
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        try:
            return process.stdout.readline()
        finally:
            watchdog.cancel()

    def _complaint(self) -> str:
        if self._errors is None:
            return ""
        self._errors.seek(0)
        return self._errors.read().strip()[-2000:] or f"no ready line within {START_SECONDS:.0f} s"

    def _close_pipes(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            process.stdout.close()
        if self._errors is not None:
            self._errors.close()
