"""What tests run Prometheus with is what is shipped, with shorter durations and nothing else changed."""

from __future__ import annotations

import pytest
import yaml

from tests.support.monitoring import DEPLOY, rules
from tests.support.prometheus import PACE, configuration, rules_file, sped_up, sped_up_query


@pytest.mark.parametrize(
    ("shipped", "here"), [("2m", "4000ms"), ("15s", "500ms"), ("1h30m", "180000ms"), ("24h", "2880000ms")]
)
def test_a_duration_is_divided(shipped: str, here: str) -> None:
    assert sped_up(shipped) == here


def test_only_ranges_of_a_query_are_durations() -> None:
    query = 'histogram_quantile(0.9, sum by (le) (rate(m_bucket{code="5m"}[10m]))) > 3 and time() - 86400 > 0'
    assert sped_up_query(query) == query.replace("[10m]", "[20000ms]")


def test_every_alert_is_there_with_its_threshold_labels_and_words() -> None:
    (group,) = yaml.safe_load(rules_file())["groups"]
    for shipped, here in zip(rules(), group["rules"], strict=True):
        assert ("for" in here) == ("for" in shipped)
        assert {**here, "for": None, "expr": None} == {**shipped, "for": None, "expr": None}
        assert here["expr"].split("[")[0] == shipped["expr"].split("[")[0]


def test_the_scrape_keeps_its_job_and_asks_elsewhere() -> None:
    shipped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    here = yaml.safe_load(configuration(["127.0.0.1:1"]))
    assert here["rule_files"] == shipped["rule_files"]
    (job,) = here["scrape_configs"]
    assert job == {"job_name": "aura", "static_configs": [{"targets": ["127.0.0.1:1"]}]}
    assert set(here["global"]) == set(shipped["global"])
    assert PACE > 1
