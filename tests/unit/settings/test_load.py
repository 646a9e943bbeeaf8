"""Settings come from four layers, and everything wrong is one readable line that shows no value."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml

from aura.errors import ConfigurationError
from aura.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]


def test_config_yaml_shows_every_setting_with_its_default() -> None:
    shown = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    defaults = Settings().model_dump(mode="json", exclude={"environment"})
    assert shown == defaults


def test_every_setting_in_config_yaml_has_a_line_of_why() -> None:
    lines = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()
    unexplained = [
        line
        for above, line in itertools.pairwise(lines)
        if line.startswith("  ") and ":" in line and not line.strip().startswith("#") and above.endswith(":")
    ]
    assert unexplained == []


def test_later_layers_override_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("worker: {concurrency: 1, grace_seconds: 1}\nqueue: {size: 1}\n")
    (tmp_path / "config.staging.yaml").write_text("worker: {concurrency: 2}\nqueue: {size: 2}\n")
    (tmp_path / ".env").write_text("AURA__WORKER__CONCURRENCY=3\nAURA__RECONCILE__PAGE_SIZE=3\n")
    environ = {"AURA_ENVIRONMENT": "staging", "AURA__WORKER__CONCURRENCY": "4"}
    settings = load_settings(environ, tmp_path)
    assert settings.worker.concurrency == 4
    assert settings.reconcile.page_size == 3
    assert settings.queue.size == 2
    assert settings.worker.grace_seconds == 1
    assert settings.environment == "staging"


@pytest.mark.parametrize(("can_run", "chosen"), [(True, "local"), (False, "palette")])
def test_only_development_chooses_an_analyzer_by_itself(
    can_run: bool, chosen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aura.settings.load.is_available", lambda: can_run)
    assert load_settings({"AURA_ENVIRONMENT": "development"}, tmp_path).analysis.analyzer == (chosen,)
    assert load_settings({"AURA_ENVIRONMENT": "production"}, tmp_path).analysis.analyzer == ()
    assert load_settings({"AURA_ENVIRONMENT": "staging"}, tmp_path).analysis.analyzer == ()
    (tmp_path / "config.development.yaml").write_text("analysis: {analyzer: [vertexai]}")
    assert load_settings({"AURA_ENVIRONMENT": "development"}, tmp_path).analysis.analyzer == ("vertexai",)


@pytest.mark.parametrize(
    ("written", "chain"),
    [
        ("vertexai", ("vertexai",)),
        ("vertexai,local", ("vertexai", "local")),
        (" local , palette ", ("local", "palette")),
    ],
)
def test_a_chain_of_analyzers_in_a_variable(written: str, chain: tuple[str, ...], tmp_path: Path) -> None:
    assert load_settings({"AURA__ANALYSIS__ANALYZER": written}, tmp_path).analysis.analyzer == chain
    (tmp_path / "config.yaml").write_text(f"analysis: {{analyzer: [{written}]}}")
    assert load_settings({}, tmp_path).analysis.analyzer == chain
    (tmp_path / "config.yaml").write_text(f"analysis: {{analyzer: '{written}'}}")
    assert load_settings({}, tmp_path).analysis.analyzer == chain


@pytest.mark.parametrize("written", ["vertexai,vertexai", "palette,local", "vertexai,gpt"])
def test_a_chain_that_makes_no_sense_is_named(written: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"analysis\.analyzer"):
        load_settings({"AURA__ANALYSIS__ANALYZER": written}, tmp_path)


@pytest.mark.parametrize(
    ("name", "section", "key"),
    [
        ("SUPABASE_ANON_KEY", "supabase", "anon_key"),
        ("SUPABASE_PUBLISHABLE_KEY", "supabase", "anon_key"),
        ("SUPABASE_SERVICE_ROLE_KEY", "supabase", "service_key"),
        ("SUPABASE_SECRET_KEY", "supabase", "service_key"),
        ("SUPABASE_JWT_SECRET", "supabase", "jwt_secret"),
        ("SUPABASE_DB_URL", "supabase", "db_url"),
        ("GOOGLE_CLOUD_PROJECT", "vertexai", "project"),
        ("GOOGLE_CLOUD_LOCATION", "vertexai", "location"),
        ("AURA__SUPABASE__ANON_KEY", "supabase", "anon_key"),
    ],
)
def test_the_names_people_have_work(name: str, section: str, key: str, tmp_path: Path) -> None:
    assert load_settings({name: "value-of-it"}, tmp_path).required(section, key) == "value-of-it"


def test_the_environment_beats_dotenv_even_under_another_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AURA__SUPABASE__URL=http://dotenv.example\n")
    settings = load_settings({"SUPABASE_URL": "http://environ.example"}, tmp_path)
    assert settings.required("supabase", "url") == "http://environ.example/"


def test_empty_variables_are_as_good_as_none(tmp_path: Path) -> None:
    assert load_settings({"SUPABASE_URL": "", "AURA__QUEUE__SIZE": ""}, tmp_path) == load_settings({}, tmp_path)


def test_lists_are_written_with_commas(tmp_path: Path) -> None:
    settings = load_settings({"AURA__PHOTOS__ALLOWED_HOSTS": "a.example, b.example"}, tmp_path)
    assert settings.photos.allowed_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"AURA__WORKER__CONCURENCY": "2"}, "AURA__WORKER__CONCURENCY is not a setting. Did you mean AURA__WORKER__"),
        ({"AURA__WORKER": "2"}, "AURA__WORKER is not a setting"),
        ({"SUPABASE_URL": "hello"}, "supabase.url (SUPABASE_URL): Input should be a valid URL"),
        ({"AURA__QUEUE__SIZE": "many"}, "queue.size (AURA__QUEUE__SIZE): Input should be a valid integer"),
        ({"AURA__REALTIME__CANARY_LATE_SECONDS": "inf"}, "realtime.canary_late_seconds"),
        ({"AURA__ANALYSIS__ANALYZER": "gpt"}, "analysis.analyzer"),
        ({"AURA_ENVIRONMENT": "prod"}, "AURA_ENVIRONMENT is 'prod'"),
        ({"AURA__RATE_LIMITS__READ": "10/min"}, "as in 30/minute"),
    ],
)
def test_wrong_variables_are_named(environ: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environ, tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("workers: {}", "workers is not a setting"),
        ("worker: {concurency: 1}", "worker.concurency is not a setting"),
        ("worker: [", "config.yaml is not valid YAML: line"),
        ("- a", "config.yaml must hold sections"),
    ],
)
def test_wrong_files_are_named(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings({}, tmp_path)
    assert said in str(caught.value)


def test_a_missing_setting_names_itself_and_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({}, tmp_path).required("supabase", "service_key")
    assert "SUPABASE_SERVICE_ROLE_KEY or SUPABASE_SECRET_KEY is not set" in str(caught.value)
    assert "Project Settings" in str(caught.value)


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    settings = load_settings({"SUPABASE_SECRET_KEY": "sb_secret_abc", "SUPABASE_JWT_SECRET": "s3cret"}, tmp_path)
    assert "sb_secret_abc" not in repr(settings)
    assert "s3cret" not in repr(settings)
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"SUPABASE_SECRET_KEY": "sb_secret_abc", "AURA__QUEUE__SIZE": "sb_secret_def"}, tmp_path)
    assert "sb_secret" not in str(caught.value)
