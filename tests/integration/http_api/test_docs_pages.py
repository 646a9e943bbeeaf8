"""The pages of the documentation, as a headless Chromium shows them when it can reach nothing but the API itself."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from http_api.routes import all_operations
from tests.support.api import ApiHouse

BROWSER = Path(__file__).parents[2] / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
# ReDoc's footer shows its maker's logo, from the maker's server; the browser is told not to fetch it.
LOGO = "img-src https://cdn.redoc.ly/redoc/logo-mini.svg"


def browser() -> str | None:
    """The Chromium of this machine, if there is one; else the tests' own is used."""
    return os.environ.get("BROWSER_PATH") or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """What the browser's script runs with."""
    modules = BROWSER / "node_modules"
    if not (modules / "puppeteer-core").is_dir():
        pytest.skip("no browser is installed: `make browser` installs one into tests/browser/node_modules")
    temporary = modules / ".cache"
    temporary.mkdir(exist_ok=True)
    variables = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "TMPDIR": str(temporary)}
    path = browser()
    return {**variables, "BROWSER_PATH": path} if path else variables


async def visit(environment: dict[str, str], **task: str) -> dict[str, Any]:
    """What `visit.mjs` saw."""
    process = await asyncio.create_subprocess_exec(
        "node", "visit.mjs", json.dumps(task), cwd=BROWSER, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 150)
    assert process.returncode == 0, err.decode()
    seen: dict[str, Any] = json.loads(out)
    return seen


@pytest.mark.timeout(300)
async def test_swagger_ui_shows_every_route_and_executes_one(
    modern_api: ApiHouse, environment: dict[str, str], tmp_path: Path
) -> None:
    seen = await visit(
        environment,
        url=f"{modern_api.url}/docs",
        ready=".opblock",
        token=modern_api.ada.token,
        operation="getRecommendations",
        screenshot=str(tmp_path / "docs.png"),
    )
    assert seen["answered"] == "200"
    assert (seen["errors"], seen["violations"], seen["foreign"]) == ([], [], [])
    for operation in all_operations():
        assert operation.summary in seen["text"]
    assert any(request.startswith("/api/v1/recommendations/") for request in seen["requests"])


@pytest.mark.timeout(300)
async def test_redoc_shows_every_route(modern_api: ApiHouse, environment: dict[str, str], tmp_path: Path) -> None:
    ready = '[data-section-id^="tag/"]'
    seen = await visit(environment, url=f"{modern_api.url}/redoc", ready=ready, screenshot=str(tmp_path / "redoc.png"))
    assert seen["foreign"] == []
    assert {*seen["violations"]} <= {LOGO}
    for operation in all_operations():
        assert operation.summary in seen["text"]
