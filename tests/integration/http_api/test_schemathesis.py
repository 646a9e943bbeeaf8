"""schemathesis against the running server, from the document that the server itself hands out.

It makes requests that fit the document and requests that do not, over real sockets and with a real person's token, and
checks every answer against the document: no 5xx, no undocumented status, header or body, nothing valid refused,
nothing invalid accepted, no authentication ignored. U+0000 is left out: that it is refused is said in words, because no
schema can say it. Here a bounded, repeatable number of requests; `make fuzz` makes more.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.support.api import ApiHouse, api_house

SECRET = "the-secret-of-the-webhook-tests"
# Half of the ids are the caller's own item's: else everything would end at 404.
CONFIG = """
[dictionaries.items]
values = ["{item}"]
[parameters]
"path.clothing_item_id" = {{ dictionary = "items", probability = 0.5 }}
"body.clothing_item_id" = {{ dictionary = "items", probability = 0.5 }}
"""
EXAMPLES = os.environ.get("AURA_FUZZ_EXAMPLES")
SECONDS = 1500 if EXAMPLES else 120


@pytest.fixture
async def house(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API that takes webhooks, and whose limits do not end the test."""
    async with api_house(sandbox, sign=False, webhook={"secret": SECRET}) as running:
        yield running


async def schemathesis(house: ApiHouse, folder: Path) -> tuple[int, str]:
    """Run it; its exit code and what it says."""
    wearer = house.ada.wearer
    item = await wearer.add(await wearer.photo())
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG.format(item=item))
    repeatable = ["--max-examples", "10", "--generation-deterministic"]
    amount = ["--max-examples", EXAMPLES, "--generation-database", "none"] if EXAMPLES else repeatable
    headers = ["-H", f"Authorization: Bearer {house.ada.token}", "-H", f"x-webhook-secret: {SECRET}"]
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"), "--config-file", config, "run", f"{house.url}/openapi.json",
        "--checks", "all", "--no-color", "--continue-on-failure",
        "--request-timeout", "20", "--generation-allow-x00", "false", *headers, *amount,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    return process.returncode or 0, out.decode()


@pytest.mark.timeout(SECONDS + 60)
async def test_every_answer_is_as_documented(house: ApiHouse, tmp_path: Path) -> None:
    code, said = await schemathesis(house, tmp_path)
    print(said)
    assert code == 0, "see above"
    assert "Test cases:" in said
    counted = [
        sample for metric in house.api.context.services.metrics.api_requests.collect() for sample in metric.samples
    ]
    answered = {sample.labels["status"] for sample in counted if sample.name.endswith("_total")}
    assert {"200", "202", "401", "404", "405", "422"} <= answered
    assert not {status for status in answered if status >= "500"}
