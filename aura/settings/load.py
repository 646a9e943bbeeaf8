"""Reads the settings: config.yaml, the environment's defaults, config.<environment>.yaml, .env, the environment.

Each layer overrides the one before. Whatever is wrong (an unknown key, a misspelt ``AURA__`` variable, a
value of the wrong kind) comes out as one ``ConfigurationError`` whose lines name the setting, never its
value, since that may be a secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from aura.errors import ConfigurationError
from aura.settings.model import (
    AnalysisSettings,
    ApiSettings,
    CatalogSettings,
    Environment,
    IdentitySettings,
    LocalSettings,
    LogSettings,
    MarketSettings,
    OpsSettings,
    PhotoSettings,
    QueueSettings,
    RateLimitSettings,
    RealtimeSettings,
    ReconcileSettings,
    StylistSettings,
    SupabaseSettings,
    VertexAISettings,
    WebhookSettings,
    WorkerSettings,
)
from aura.settings.names import check_variables, environment_name, explain, hint, translate
from aura.vision.local.available import is_available

ENVIRONMENTS: tuple[Environment, ...] = ("development", "staging", "production")
LOOPBACK = "127.0.0.1"


class Settings(BaseSettings):
    """All settings, validated and frozen."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="AURA__",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        enable_decoding=False,
        nested_model_default_partial_update=True,
    )

    environment: Environment = "production"
    supabase: SupabaseSettings = SupabaseSettings()
    realtime: RealtimeSettings = RealtimeSettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    queue: QueueSettings = QueueSettings()
    worker: WorkerSettings = WorkerSettings()
    analysis: AnalysisSettings = AnalysisSettings()
    vertexai: VertexAISettings = VertexAISettings()
    local: LocalSettings = LocalSettings()
    photos: PhotoSettings = PhotoSettings()
    api: ApiSettings = ApiSettings()
    identity: IdentitySettings = IdentitySettings()
    rate_limits: RateLimitSettings = RateLimitSettings()
    webhook: WebhookSettings = WebhookSettings()
    market: MarketSettings = MarketSettings()
    stylist: StylistSettings = StylistSettings()
    catalog: CatalogSettings = CatalogSettings()
    ops: OpsSettings = OpsSettings()
    log: LogSettings = LogSettings()

    def required(self, section: str, key: str) -> str:
        """The value of a setting that this command cannot do without, secrets uncovered.

        Raises:
            ConfigurationError: it is not set; the message says where to find it.
        """
        value = getattr(getattr(self, section), key)
        if value is None:
            raise ConfigurationError(f"{environment_name(section, key)} is not set. {hint(section, key)}")
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load_settings`` hands over: the process environment is never read behind its back."""
        return (init_settings,)


class _GivenEnvironment(EnvSettingsSource):
    """pydantic-settings' reader of variables, over a mapping instead of ``os.environ``."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._given = variables
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._given.items() if value}


def load_settings(environ: Mapping[str, str] | None = None, directory: Path | None = None) -> Settings:
    """The settings of this process.

    Args:
        environ: the environment variables; the process's own where not given.
        directory: where ``config.yaml`` and ``.env`` are looked for; ``AURA_CONFIG_DIR`` or the working
            directory where not given.

    Raises:
        ConfigurationError: one line for each thing that is wrong.
    """
    environ = os.environ if environ is None else environ
    directory = directory or Path(environ.get("AURA_CONFIG_DIR") or Path.cwd())
    variables = _variables(environ, directory)
    environment = _environment(variables)
    check_variables(variables, Settings)
    layers = [_yaml(directory / "config.yaml"), _defaults(environment)]
    layers.append(_yaml(directory / f"config.{environment}.yaml"))
    layers.append(_GivenEnvironment(variables)())
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _merge(merged, layer)
    try:
        return Settings(**{**merged, "environment": environment})
    except ValidationError as error:
        raise ConfigurationError(explain(error)) from None


def _defaults(environment: Environment) -> Mapping[str, Any]:
    """What is different where nobody is served; in production, which analyzer runs is always a person's choice."""
    if environment != "development":
        return {}
    offline = "local" if is_available() else "palette"
    hosts = {"ops": {"host": LOOPBACK}, "api": {"host": LOOPBACK}}
    return {"analysis": {"analyzer": (offline,)}, "catalog": {"file": "sample"}, **hosts}


def _variables(environ: Mapping[str, str], directory: Path) -> dict[str, str]:
    dotenv = {name: value for name, value in dotenv_values(directory / ".env").items() if value is not None}
    return {**translate(dotenv), **translate(environ)}


def _environment(variables: Mapping[str, str]) -> Environment:
    name = variables.get("AURA_ENVIRONMENT") or "production"
    for known in ENVIRONMENTS:
        if name == known:
            return known
    raise ConfigurationError(f"AURA_ENVIRONMENT is {name!r}; it must be one of {', '.join(ENVIRONMENTS)}.")


def _yaml(path: Path) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} is not valid YAML: {_first_line(error)}") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ConfigurationError(f"{path.name} must hold sections such as 'supabase:', not a {type(loaded).__name__}.")
    return loaded


def _first_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else type(error).__name__


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _merge(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return merged
