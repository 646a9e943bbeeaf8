"""Starts a server program that cannot outlive the sandbox, and not as root.

PostgreSQL refuses to run as root, and a sandbox that is killed with -9 must not leave servers
behind. This small program changes the user, asks the kernel for a signal at the parent's death and
then *becomes* the server: no wrapper process stays, and no Python code runs between fork and exec
of a process that has threads. Outside Linux the death signal does not exist and is left out.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
SAME_USER = "-"


def launch_command(program: Path, *arguments: str, user: str | None, death_signal: signal.Signals) -> list[str]:
    """The command line that runs `program` as `user`, ended by `death_signal` with this process."""
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    ties = [str(os.getpid()), str(int(death_signal)), user or SAME_USER]
    return [*launcher, *ties, str(program), *arguments]


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def _die_with(parent: int, death_signal: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died before the request was made: no signal will come
        raise SystemExit("the sandbox ended before its server started")


def _main(parent: str, death_signal: str, user: str, *command: str) -> None:
    if user != SAME_USER:
        _become(user)  # first: a change of credentials clears the request below
    _die_with(int(parent), int(death_signal))
    os.execv(command[0], command)  # noqa: S606 - becoming the server without a shell is the point


if __name__ == "__main__":
    _main(*sys.argv[1:])
