"""What is deployed asks only for metrics that exist, and every alert says what to do."""

from __future__ import annotations

import re

import pytest
import yaml
from prometheus_client import CollectorRegistry

from aura.settings import load_settings
from aura.telemetry.metrics import Metrics
from consumer.roles import chosen_roles
from tests.support.monitoring import (
    ALERT_TESTS,
    BOARD,
    DEPLOY,
    OPERATIONS,
    metrics_in,
    queries,
    rules,
    selected_labels,
)

BY = re.compile(r"\bby \(([^)]*)\)")
EXPRESSIONS = {**{rule["alert"]: rule["expr"] for rule in rules()}, **queries()}
ADDED_BY_PROMETHEUS = {"instance", "job", "le"}


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """The labels of every series that the backend exposes, by its name."""
    registry = CollectorRegistry()
    defined = vars(Metrics(registry)).values()
    found: dict[str, set[str]] = {}
    for metric in defined:
        if hasattr(metric, "describe"):
            kind, own = metric.describe()[0], set(metric._labelnames)
            endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(kind.type, ("",))
            found |= {kind.name + ending: own for ending in endings}
    return found


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_metric_and_label_asked_for_exists(name: str, labels: dict[str, set[str]]) -> None:
    expression = EXPRESSIONS[name]
    asked = metrics_in(expression)
    assert asked <= set(labels), f"{name} asks for what nobody exposes"
    for metric, label in selected_labels(expression):
        assert label in labels[metric]
    known = ADDED_BY_PROMETHEUS.union(*(labels[metric] for metric in asked))
    grouped = {label.strip() for group in BY.findall(expression) for label in group.split(",")}
    assert grouped <= known


def test_the_board_asks_its_four_questions() -> None:
    text = BOARD.read_text(encoding="utf-8")
    for question in ("Is it hearing?", "Is it keeping up?", "What fails?", "What does it cost?"):
        assert f'"title": "{question}"' in text


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_alert_is_explained_in_the_runbook_and_tried(rule: dict[str, dict[str, str]]) -> None:
    name = str(rule["alert"])
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
    assert f"### {name}\n" in OPERATIONS.read_text(encoding="utf-8")
    tried = yaml.safe_load(ALERT_TESTS.read_text(encoding="utf-8"))["tests"]
    fires = [case for test in tried for case in test["alert_rule_test"] if case["alertname"] == name]
    assert any(case["exp_alerts"] for case in fires), f"{name} is never seen to fire"


def test_compose_runs_roles_that_exist_where_prometheus_looks_for_them() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    scrape = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    (looked_for,) = scrape["scrape_configs"][0]["dns_sd_configs"]
    ours = {name: service for name, service in compose["services"].items() if "build" in service}
    assert set(looked_for["names"]) == set(ours)
    for service in ours.values():
        environment = {name: value for name, value in service["environment"].items() if "$" not in value}
        settings = load_settings({**environment, "SUPABASE_DB_URL": "postgresql://somewhere"}, DEPLOY)
        assert looked_for["port"] == settings.ops.port
        assert service["command"][:2] == ["run", "--roles"]
        assert chosen_roles(service["command"][2], settings)
        assert settings.environment == "production"


def test_a_replica_has_longer_to_stop_than_its_own_grace() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    settings = load_settings({}, DEPLOY)
    longest = max(settings.worker.grace_seconds, settings.api.grace_seconds)
    assert int(compose["services"]["worker"]["stop_grace_period"].removesuffix("s")) > longest
