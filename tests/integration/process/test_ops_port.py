"""What ops sees of a running daemon: health, readiness with its reasons, and metrics that Prometheus takes."""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import PIPE, STDOUT

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from sandbox import Sandbox
from tests.integration.process.conftest import Daemons
from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.prometheus import WHY_NOT, program
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

# Of the Prometheus documentation, "Metric and label naming": base units, and no type in a name.
NOT_BASE_UNITS = re.compile(r"_(ms|milliseconds|minutes|hours|kb|mb|kilobytes|percent|counter|gauge|histogram)(_|$)")
PROMTOOL = program("promtool")
LABEL_VALUE = re.compile(r"^[\w.+/{}-]{0,60}$")  # of a template's length: routes are labels too


@pytest.fixture
async def daemon(daemons: Daemons, ada: Wearer, photos: PhotoServer) -> DaemonProcess:
    """A daemon that has tagged something."""
    daemon = await daemons.start()
    await daemon.until_ready()
    await ada.add(photos.publish(picture()))
    await wait_for(lambda: daemon.metric("aura_work_total", outcome="written"), what="tagged items")
    return daemon


async def test_health_and_readiness(daemon: DaemonProcess) -> None:
    health = await daemon.get("/healthz")
    assert health.status_code == 200
    assert health.json()["alive"] is True
    assert 0 <= health.json()["loop_age_seconds"] < 30
    ready = await daemon.get("/readyz")
    roles = ready.json()["roles"]
    assert (ready.status_code, ready.json()["ready"], set(roles)) == (200, True, {"api", "consumer", "worker"})
    assert all(role["ready"] and role["reasons"] == [] for role in roles.values())
    assert roles["consumer"]["state"] == "live"
    assert roles["consumer"]["canary_age_seconds"] >= 0
    assert {"waiting", "delayed", "processing"} <= set(roles["worker"])


async def test_readiness_says_what_is_wrong(daemon: DaemonProcess, sandbox: Sandbox) -> None:
    await sandbox.faults.break_path("/rest/v1", "503", 300)
    try:
        await wait_for(lambda: _status(daemon, 503), what="not being ready")
        told = await daemon.readiness()
        assert any("database" in reason.lower() for role in told["roles"].values() for reason in role["reasons"])
        assert (await daemon.get("/healthz")).status_code == 200
    finally:
        await sandbox.faults.clear()
    await daemon.until_ready()


async def _status(daemon: DaemonProcess, code: int) -> bool:
    return (await daemon.get("/readyz")).status_code == code


async def test_the_numbers_are_those_of_what_happened(daemon: DaemonProcess) -> None:
    heard = {"table": "clothing_items", "type": "INSERT"}
    await wait_for(lambda: daemon.metric("aura_changes_total", **heard), what="the insert heard")
    assert await daemon.metric("aura_subscription_live") == 1
    assert await daemon.metric("aura_canary_seconds_count") >= 1
    assert await daemon.metric("aura_analyzer_calls_total", analyzer="palette") >= 1
    assert await daemon.metric("aura_work_seconds_count", kind="analyze_item") >= 1
    assert await daemon.metric("aura_reconcile_runs_total", cause="live") == 1
    assert await daemon.metric("aura_build_info") == 1


async def test_metrics_are_named_as_prometheus_wants(daemon: DaemonProcess) -> None:
    text = (await daemon.get("/metrics")).text
    families = list(text_string_to_metric_families(text))
    assert len(families) > 20
    for family in families:
        assert family.name.startswith("aura_"), family.name
        assert family.documentation, family.name
        assert not NOT_BASE_UNITS.search(family.name), family.name
        assert family.type != "unknown", family.name
        if family.type == "counter":
            assert all(sample.name.endswith(("_total", "_created")) for sample in family.samples), family.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
        assert all(_closed(sample) for sample in family.samples), family.name


def _closed(sample: Sample) -> bool:
    """Whether the labels look like members of a closed set, not like ids."""
    values = [value for name, value in sample.labels.items() if name != "le"]
    return all(LABEL_VALUE.match(value) and not re.search(r"[0-9a-f]{8}-", value) for value in values)


@pytest.mark.skipif(PROMTOOL is None, reason=f"promtool {WHY_NOT}")
async def test_promtool_finds_nothing(daemon: DaemonProcess) -> None:
    assert PROMTOOL is not None
    text = (await daemon.get("/metrics")).text
    checking = await asyncio.create_subprocess_exec(
        PROMTOOL, "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    async with asyncio.timeout(60):
        said, _ = await checking.communicate(text.encode())
    assert (checking.returncode, said) == (0, b"")
