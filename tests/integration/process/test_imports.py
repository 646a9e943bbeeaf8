"""What a process imports for the roles that it runs: no heavier part than they need."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("roles", "also", "never"),
    [
        ("consumer,worker", "consumer.daemon", ("http_api",)),
        ("api", "http_api.role", ("realtime", "supabase", "consumer.hearing", "consumer.worker")),
    ],
)
def test_a_process_imports_only_what_its_roles_need(roles: str, also: str, never: tuple[str, ...]) -> None:
    program = (
        "import sys, consumer.cli, consumer.roles, aura.settings\n"
        f"consumer.roles.chosen_roles({roles!r}, aura.settings.Settings())\n"
        f"import {also}\n"
        f"print(sorted({{name for name in {never!r} if name in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
