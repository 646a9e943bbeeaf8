"""The shape of every setting: its type, its bounds and its default.

``config.yaml`` shows the same settings to people, with their units and one line of why; a test keeps the
two equal. Unknown keys are errors, because a misspelt setting that is silently ignored is found in
production.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


def _split(value: object) -> object:
    """``a, b`` as an environment variable spells a list."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """The chain that ``names`` make: each once, and nothing after one that always answers."""
    if len(set(names)) < len(names):
        raise ValueError("each analyzer may stand in the list once")
    if "palette" in names[:-1]:
        raise ValueError("palette always answers: what stands after it would never be asked")
    return names


Port = Annotated[int, Field(ge=0, le=65535)]
AnalyzerName = Literal["vertexai", "local", "palette"]
Analyzers = Annotated[tuple[AnalyzerName, ...], BeforeValidator(_split), AfterValidator(_in_order)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Hosts = Annotated[tuple[str, ...], BeforeValidator(_split)]
# How often, as the library limits writes it: "30/minute", "5/second", "1000/day".
Rate = Annotated[str, Field(pattern=r"^[1-9]\d{0,8}/(second|minute|hour|day)$")]
Environment = Literal["development", "staging", "production"]


class Section(BaseModel):
    """A group of settings; frozen, and strict about names."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class SupabaseSettings(Section):
    """Where the app's Supabase project is and the keys that open it."""

    url: AnyHttpUrl | None = None
    anon_key: SecretStr | None = None
    service_key: SecretStr | None = None
    jwt_secret: SecretStr | None = None
    signing_key: SecretStr | None = None
    db_url: SecretStr | None = None
    timeout_seconds: Seconds = 10.0
    max_connections: Count = 20


class RealtimeSettings(Section):
    """How the daemon hears changes and proves to itself that it still does."""

    canary_interval_seconds: Seconds = 15.0
    canary_late_seconds: Seconds = 10.0
    canary_dead_seconds: Seconds = 45.0
    join_timeout_seconds: Seconds = 20.0
    heartbeat_seconds: Seconds = 25.0
    ping_interval_seconds: Seconds = 4.0
    ping_timeout_seconds: Seconds = 8.0
    rebuild_min_interval_seconds: Seconds = 60.0
    backoff_initial_seconds: Seconds = 0.5
    backoff_max_seconds: Seconds = 30.0
    healthy_after_seconds: Seconds = 120.0
    inbox_size: Count = 10_000
    lease_seconds: Annotated[float, Field(ge=4, le=60, allow_inf_nan=False)] = 10.0


class ReconcileSettings(Section):
    """How often the database is asked what is outstanding."""

    page_size: Annotated[int, Field(ge=1, le=1000)] = 200
    while_deaf_seconds: Seconds = 5.0
    marks_seconds: Seconds = 15.0
    full_seconds: Seconds = 300.0
    full_jitter_seconds: Seconds = 30.0
    debounce_seconds: Seconds = 1.0
    audit_seconds: Seconds = 86_400.0
    prune_seconds: Seconds = 3_600.0


class QueueSettings(Section):
    """Work that waits between hearing and doing."""

    engine: Literal["memory", "procrastinate"] = "memory"
    size: Count = 20_000


class WorkerSettings(Section):
    """How work is done and how long a shutdown may take."""

    concurrency: Count = 8
    grace_seconds: Seconds = 20.0
    retry_initial_seconds: Seconds = 0.5
    retry_max_seconds: Seconds = 60.0


class AnalysisSettings(Section):
    """Which analyzer looks at photos, and what it may cost."""

    analyzer: Analyzers = ()
    timeout_seconds: Seconds = 30.0
    lease_margin_seconds: Seconds = 15.0
    max_side_px: Annotated[int, Field(ge=64, le=4096)] = 1024
    daily_calls_project: Annotated[int, Field(ge=0)] = 20_000
    daily_calls_user: Annotated[int, Field(ge=0)] = 500
    daily_cost_usd_project: Dollars = 40.0
    daily_cost_usd_user: Dollars = 1.0
    reanalyze_fallback: bool = True
    max_at_once: Annotated[int, Field(ge=1, le=256)] = 16
    wait_seconds: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 10.0
    pause_after_failures: Count = 5
    pause_seconds: Seconds = 30.0
    pause_max_seconds: Seconds = 300.0
    failure_backoff_seconds: Seconds = 30.0
    failure_backoff_max_seconds: Seconds = 3_600.0
    photo_gone_after_seconds: Seconds = 86_400.0


class VertexAISettings(Section):
    """Gemini on Vertex AI."""

    project: str | None = None
    location: str = "europe-west4"
    model: str = "gemini-2.5-flash"
    base_url: AnyHttpUrl | None = None
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    max_output_tokens: Annotated[int, Field(ge=128, le=65_536)] = 2048
    thinking_budget: Annotated[int, Field(ge=0, le=32_768)] | None = 0
    input_usd_per_million_tokens: Annotated[float, Field(ge=0)] = 0.30
    output_usd_per_million_tokens: Annotated[float, Field(ge=0)] = 2.50


class LocalSettings(Section):
    """The tagger that runs here, without a cloud."""

    workers: Annotated[int, Field(ge=1, le=64)] = 2


class PhotoSettings(Section):
    """Which photos are fetched, and within which bounds."""

    allowed_hosts: Hosts = ()
    allow_private_hosts: bool = False
    max_bytes: Count = 15 * 1024 * 1024
    max_pixels: Count = 40_000_000
    timeout_seconds: Seconds = 20.0
    max_redirects: Annotated[int, Field(ge=0, le=10)] = 3


class OpsSettings(Section):
    """The port that ops looks at: health and metrics."""

    host: str = "0.0.0.0"  # noqa: S104 - probes and Prometheus come from other hosts
    port: Port = 9464
    stall_seconds: Seconds = 5.0
    oldest_outstanding_seconds: Seconds = 900.0


class ApiSettings(Section):
    """The public port that the app calls, and what a request may cost."""

    host: str = "0.0.0.0"  # noqa: S104 - the app calls from other hosts
    port: Port = 8080
    allowed_origins: Hosts = ()
    docs: bool = True
    max_connections: Count = 2_000
    max_body_bytes: Count = 65_536
    header_timeout_seconds: Seconds = 10.0
    body_timeout_seconds: Seconds = 10.0
    request_timeout_seconds: Seconds = 60.0
    grace_seconds: Seconds = 20.0
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    cpu_workers: Annotated[int, Field(ge=1, le=64)] = 1
    cpu_waiting: Count = 256
    cache_entries: Count = 5_000
    cache_seconds: Seconds = 600.0


class IdentitySettings(Section):
    """How callers' access tokens are verified."""

    audience: str = "authenticated"
    issuer: AnyHttpUrl | None = None
    leeway_seconds: Annotated[float, Field(ge=0, le=120, allow_inf_nan=False)] = 10.0
    jwks_max_age_seconds: Seconds = 600.0
    jwks_min_refresh_seconds: Seconds = 30.0
    verified_entries: Count = 10_000


class RateLimitSettings(Section):
    """How often one person, or one address before anybody is known, may call."""

    redis_url: SecretStr | None = None
    per_ip: Rate = "600/minute"
    read: Rate = "240/minute"
    write: Rate = "60/minute"
    ai: Rate = "30/minute"
    webhook: Rate = "6000/minute"


class WebhookSettings(Section):
    """Supabase Database Webhooks, as one more source of hints."""

    secret: SecretStr | None = None
    tolerance_seconds: Seconds = 300.0


class MarketSettings(Section):
    """Whether a model is asked for further suggestions about listings, and what that may cost."""

    model: bool = False
    model_timeout_seconds: Seconds = 2.0
    model_at_once: Count = 4
    model_daily_calls_project: Annotated[int, Field(ge=0)] = 10_000
    model_daily_calls_user: Annotated[int, Field(ge=0)] = 100


class StylistSettings(Section):
    """What counts in an outfit (``aura.stylist.weights.Weights``, which explains each)."""

    colour_harmony: Weight = 0.24
    pattern: Weight = 0.10
    formality: Weight = 0.16
    warmth: Weight = 0.08
    weather: Weight = 0.16
    occasion: Weight = 0.18
    style: Weight = 0.08
    recency: Weight = 0.08
    favourite: Weight = 0.05
    preferences: Weight = 0.16
    style_dna: Weight = 0.06
    combinations: Weight = 0.06
    under_used: Weight = 0.04
    accessories: Weight = 0.08
    diversity: Annotated[float, Field(ge=0, lt=1)] = 0.25
    most_uses: Annotated[int, Field(ge=1, le=50)] = 3


class CatalogSettings(Section):
    """What the stylist may propose to buy."""

    file: str | None = None
    refresh_seconds: Seconds = 300.0
    most_products: Annotated[int, Field(ge=0, le=200_000)] = 20_000


class LogSettings(Section):
    """What is logged, and how it looks."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
