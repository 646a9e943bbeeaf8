"""The compose file before Compose itself (its program comes with the development packages; no engine is needed)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.monitoring import DEPLOY, ROOT

COMPOSE = Path(sys.executable).with_name("docker-compose")
CHOSEN = {"GRAFANA_PASSWORD": "chosen", "AURA_WORKERS": "4", "AURA_APIS": "3"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file where it lies in a checkout, beside settings that somebody has filled in."""
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")
    return tmp_path / "deploy" / "compose.yaml"


def config(file: Path, *profiles: str, environment: dict[str, str] = CHOSEN) -> subprocess.CompletedProcess[str]:
    chosen = [part for profile in profiles for part in ("--profile", profile)]
    return subprocess.run(
        [str(COMPOSE), "-f", str(file), *chosen, "config", "--format", "json"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(file.parent), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def services(file: Path, *profiles: str) -> dict[str, dict[str, Any]]:
    done = config(file, *profiles)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return found


def test_the_scaled_form_is_what_starts_and_counts_are_chosen_from_outside(file: Path) -> None:
    found = services(file)
    assert set(found) == {"consumer", "worker", "api", "prometheus", "grafana"}
    replicas = {name: found[name]["deploy"]["replicas"] for name in ("consumer", "worker", "api")}
    assert replicas == {"consumer": 2, "worker": 4, "api": 3}
    assert {found[name]["environment"]["AURA__QUEUE__ENGINE"] for name in replicas} == {"procrastinate"}


def test_one_container_keeps_its_queue_in_memory(file: Path) -> None:
    single = services(file, "single")["single"]
    assert single["command"] == ["run", "--roles", "consumer,worker,api"]
    assert "AURA__QUEUE__ENGINE" not in single["environment"]


def test_every_process_of_ours_can_write_nowhere_but_to_tmp(file: Path) -> None:
    found = services(file, "single")
    for name in ("consumer", "worker", "api", "single"):
        assert found[name]["read_only"]
        assert found[name]["tmpfs"] == ["/tmp"]  # noqa: S108 - a mount of the container
        assert found[name]["cap_drop"] == ["ALL"]
        assert "volumes" not in found[name]


def test_only_this_machine_reaches_the_published_ports(file: Path) -> None:
    published = [port for service in services(file, "single").values() for port in service.get("ports", ())]
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}
    assert 9464 not in {port["target"] for port in published}, "the ops port is for Prometheus alone"


def test_grafana_wants_a_password_to_be_chosen(file: Path) -> None:
    refused = config(file, environment={})
    assert refused.returncode != 0
    assert "GF_SECURITY_ADMIN_PASSWORD" in refused.stderr
