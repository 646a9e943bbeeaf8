"""The alert rules and the board's queries before Prometheus's own tool (Debian's package `prometheus` has it)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.monitoring import ALERT_TESTS, DEPLOY, queries
from tests.support.prometheus import WHY_NOT, program

PROMTOOL = program("promtool")
pytestmark = pytest.mark.skipif(PROMTOOL is None, reason=f"promtool {WHY_NOT}")


def promtool(*arguments: str) -> None:
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alerts_fire_when_they_should_and_only_then() -> None:
    promtool("test", "rules", str(ALERT_TESTS))


def test_the_configuration_is_one() -> None:
    promtool("check", "config", str(DEPLOY / "prometheus" / "prometheus.yml"))


def test_the_boards_queries_are_promql(tmp_path: Path) -> None:
    recorded = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries().values())]
    file = tmp_path / "board.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": recorded}]}), encoding="utf-8")
    promtool("check", "rules", str(file))
