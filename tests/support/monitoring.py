"""What deploy/ asks of Prometheus, read from its files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
ALERT_TESTS = DEPLOY / "prometheus" / "alerts_test.yaml"
BOARD = DEPLOY / "grafana" / "aura.json"
OPERATIONS = ROOT / "docs" / "operations.md"
_METRIC = re.compile(r"\baura_\w+")
_SELECTED = re.compile(r"\b(aura_\w+)\{([^}]*)\}")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")


def rules() -> list[dict[str, Any]]:
    """The alerts."""
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> dict[str, str]:
    """The board's queries by panel and letter."""
    panels = json.loads(BOARD.read_text(encoding="utf-8"))["panels"]
    return {
        f"{panel['title']} {target['refId']}": target["expr"] for panel in panels for target in panel.get("targets", ())
    }


def metrics_in(expression: str) -> set[str]:
    """The backend's metrics that a PromQL expression names."""
    return set(_METRIC.findall(expression))


def selected_labels(expression: str) -> set[tuple[str, str]]:
    """(metric, label) of each selector in a PromQL expression."""
    selected = _SELECTED.findall(expression)
    return {(metric, label) for metric, labels in selected for label in _LABEL.findall(labels)}
