"""The official JavaScript client works against the sandbox: what js/conformance.mjs saw, judged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox

SCRIPT = Path(__file__).parent.parent / "js" / "conformance.mjs"
NPM = Path(__file__).parents[3] / "sandbox" / "npm"
SECONDS = 160


@pytest.fixture(
    scope="module",
    params=["sandbox-anon_key", "sandbox-publishable_key", "legacy_sandbox-anon_key", "legacy_sandbox-publishable_key"],
)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the client saw, in either kind of project and with either kind of key."""
    project, key = request.param.split("-")
    sandbox: Sandbox = request.getfixturevalue(project)
    node = shutil.which("node")
    assert node is not None, "Node.js is missing: the JavaScript conformance needs it (`make setup` checks)"
    environment = {**os.environ, "AURA_NPM": str(NPM), "AURA_URL": sandbox.url, "AURA_KEY": getattr(sandbox, key)}
    done = subprocess.run([node, str(SCRIPT)], env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_signs_up_and_in(seen: dict[str, Any]) -> None:
    assert seen["signedIn"]
    assert seen["claimsAreMine"]
    assert seen["wrongPassword"] == "invalid_credentials"


def test_rows_are_ones_own(seen: dict[str, Any]) -> None:
    assert seen["rows"] == {
        "own": [{"name": "coat"}],
        "foreignRead": [],
        "foreignUpdated": [],
        "plantedCode": "42501",
    }


@pytest.mark.parametrize(("bucket", "public_status"), [("public", 200), ("private", 400)])
def test_photos_are_stored_read_and_guarded(seen: dict[str, Any], bucket: str, public_status: int) -> None:
    assert seen[bucket] == {
        "downloaded": True,
        "signed": True,
        "publicStatus": public_status,
        "again": "The resource already exists",
        "foreignRead": True,
        "foreignWrite": "new row violates row-level security policy",
        "listed": [True],
        "removed": True,
    }


def test_changes_are_heard(seen: dict[str, Any]) -> None:
    assert seen["changes"] == {"types": ["INSERT", "UPDATE", "DELETE"], "names": ["dress", "gown", None]}
