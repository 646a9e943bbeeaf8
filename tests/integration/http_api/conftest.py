"""Running APIs: on a project with ES256 keys (`modern_api`), with the HS256 secret (`legacy_api`), and on each (`api`).

`api` runs a test twice; tests of what does not depend on how tokens are signed take `modern_api`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from sandbox import Sandbox
from tests.support.api import ApiHouse, api_house


@pytest.fixture
async def modern_api(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API whose callers' tokens are signed with ES256."""
    async with api_house(sandbox, sign=False) as house:
        yield house


@pytest.fixture
async def legacy_api(legacy_sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API whose callers' tokens are signed with the shared secret."""
    async with api_house(legacy_sandbox) as house:
        yield house


@pytest.fixture(params=["sandbox", "legacy_sandbox"])
def project(request: pytest.FixtureRequest) -> tuple[Sandbox, bool]:
    """Each kind of project, and whether it signs with a secret; not async, as starting one runs a loop of its own."""
    return request.getfixturevalue(request.param), request.param == "legacy_sandbox"


@pytest.fixture
async def api(project: tuple[Sandbox, bool]) -> AsyncIterator[ApiHouse]:
    """An API on each kind of project."""
    async with api_house(project[0], sign=project[1]) as house:
        yield house


@pytest.fixture
async def rows(request: pytest.FixtureRequest) -> Any:
    """A connection to the database of the API that the test uses, as the project's owner."""
    house: ApiHouse = request.getfixturevalue("api" if "api" in request.fixturenames else "modern_api")
    async with await psycopg.AsyncConnection.connect(house.sandbox.db_url, autocommit=True) as connection:
        yield connection
