"""Every Prometheus metric of the backend, defined in one place.

One place, so that names, units and labels stay consistent and an alert never refers to a metric that
nobody sets. The registry is passed in: a test, or a second daemon in one process, has its own. Labels are
closed sets (tables, kinds, codes), never ids: their number is bounded and no person can be read from them.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LATENCY = (0.005, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0)
LAG = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """The metrics of one process."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = CollectorRegistry() if registry is None else registry
        self._hearing()
        self._reconciling()
        self._working()
        self._analyzing()
        self._guarding()
        self._verifying()
        self._serving()
        self._upstream()
        self._process()

    def _hearing(self) -> None:
        r = self.registry
        self.changes = Counter("aura_changes_total", "Changes heard over Realtime.", ["table", "type"], registry=r)
        self.gaps = Counter("aura_gaps_total", "Moments in which changes may have been missed.", ["cause"], registry=r)
        self.leader = Gauge("aura_consumer_leader", "1 while this process hears and reconciles.", registry=r)
        self.live = Gauge("aura_subscription_live", "1 while changes are provably heard.", registry=r)
        self.state = Gauge("aura_subscription_state", "1 for the subscription's present state.", ["state"], registry=r)
        self.subscriptions = Counter(
            "aura_subscription_attempts_total", "Subscriptions brought up, by how they ended.", ["outcome"], registry=r
        )
        self.canary = Histogram(
            "aura_canary_seconds", "From a canary's write to its return.", buckets=LATENCY, registry=r
        )
        self.canary_age = Gauge("aura_canary_age_seconds", "Since a canary last came round.", registry=r)
        self.inbox_depth = Gauge("aura_inbox_depth", "Changes heard and not yet routed.", registry=r)

    def _reconciling(self) -> None:
        r = self.registry
        self.reconcile_runs = Counter("aura_reconcile_runs_total", "Reconcile runs, by cause.", ["cause"], registry=r)
        self.reconcile_found = Counter(
            "aura_reconcile_found_total", "Outstanding work listed by reconciling.", ["kind"], registry=r
        )
        self.reconcile_seconds = Histogram(
            "aura_reconcile_seconds", "Duration of a reconcile run.", buckets=LATENCY, registry=r
        )
        self.reconcile_failures = Counter(
            "aura_reconcile_failures_total", "Reconcile runs that the database cut short.", registry=r
        )
        self.events_missed = Counter(
            "aura_events_missed_total", "Work found by reconciling that no event announced.", ["kind"], registry=r
        )
        self.outstanding = Gauge("aura_outstanding", "Outstanding work (counted up to 10,000).", ["kind"], registry=r)
        self.oldest_outstanding = Gauge(
            "aura_oldest_outstanding_seconds", "Age of the oldest work that is due.", ["kind"], registry=r
        )
        self.renewals = Gauge(
            "aura_renewals_waiting",
            "Photos with a fallback's tags that wait for the first choice (counted up to 10,000).",
            registry=r,
        )
        self.oldest_renewal = Gauge(
            "aura_oldest_renewal_seconds", "Since the longest waiting of them got its fallback's tags.", registry=r
        )

    def _working(self) -> None:
        r = self.registry
        self.queue_depth = Gauge(
            "aura_queue_depth", "Work in the queue; of all processes where they share it.", ["state"], registry=r
        )
        self.queue_dropped = Counter("aura_queue_dropped_total", "Hints dropped by a full queue.", registry=r)
        self.work_seconds = Histogram(
            "aura_work_seconds", "Duration of one piece of work.", ["kind"], buckets=LATENCY, registry=r
        )
        self.work = Counter("aura_work_total", "Work done, by kind and outcome.", ["kind", "outcome"], registry=r)
        self.retries = Counter("aura_work_retries_total", "Work put off to be tried again.", ["kind"], registry=r)
        self.failures = Counter("aura_failures_total", "Failures by kind and code.", ["kind", "code"], registry=r)

    def _analyzing(self) -> None:
        r = self.registry
        self.analyzer_calls = Counter("aura_analyzer_calls_total", "Calls to analyzers.", ["analyzer"], registry=r)
        self.analyzer_seconds = Histogram(
            "aura_analyzer_seconds", "Duration of one analyzer call.", ["analyzer"], buckets=LATENCY, registry=r
        )
        self.analyzer_errors = Counter(
            "aura_analyzer_errors_total", "Analyzer calls that failed.", ["analyzer", "code"], registry=r
        )
        self.analyzer_tokens = Counter(
            "aura_analyzer_tokens_total", "Tokens that analyzers billed.", ["analyzer", "direction"], registry=r
        )
        self.analyzer_cost = Counter(
            "aura_analyzer_cost_usd_total", "Estimated cost of analyzer calls in US dollars.", ["analyzer"], registry=r
        )
        self.analyzer_fallbacks = Counter(
            "aura_analyzer_fallbacks_total",
            "Photos handed on to the next analyzer, by the one that did not answer and why.",
            ["analyzer", "code"],
            registry=r,
        )
        self.breaker_state = Gauge(
            "aura_analyzer_breaker_state", "1 for a paid analyzer's present state.", ["analyzer", "state"], registry=r
        )
        self.analyzer_limit = Gauge(
            "aura_analyzer_concurrency_limit", "Calls to a paid analyzer at a time.", ["analyzer"], registry=r
        )
        self.analyzer_under_way = Gauge(
            "aura_analyzer_in_flight", "Calls to a paid analyzer under way.", ["analyzer"], registry=r
        )
        self.daily_used = Gauge(
            "aura_daily_used", "Used today (UTC) by the whole project, as of the last paid call.", ["unit"], registry=r
        )
        self.daily_start = Gauge(
            "aura_daily_start_timestamp_seconds",
            "When the day began that aura_daily_used counts: a process that calls nobody keeps an old one.",
            registry=r,
        )
        self.daily_limit = Gauge("aura_daily_limit", "What the project may use a day.", ["unit"], registry=r)
        self.cache_hits = Counter("aura_analysis_cache_hits_total", "Answers taken from the cache.", registry=r)

    def _guarding(self) -> None:
        r = self.registry
        self.api_connections = Gauge("aura_api_connections", "Connections to the API that are open.", registry=r)
        self.api_cut = Counter(
            "aura_api_connections_cut_total", "Connections refused or cut off by the server.", ["cause"], registry=r
        )

    def _verifying(self) -> None:
        r = self.registry
        self.api_tokens = Counter(
            "aura_api_tokens_total",
            "Access tokens judged: remembered, verified, unavailable (no keys), or why they were refused.",
            ["outcome"],
            registry=r,
        )
        self.jwks_fetches = Counter(
            "aura_jwks_fetches_total", "Fetches of the project's public keys.", ["outcome"], registry=r
        )

    def _serving(self) -> None:
        r = self.registry
        self.api_requests = Counter(
            "aura_api_requests_total", "Requests answered.", ["route", "method", "status"], registry=r
        )
        self.api_seconds = Histogram(
            "aura_api_seconds",
            "From a request's head to its answer's end.",
            ["route", "method"],
            buckets=LATENCY,
            registry=r,
        )
        self.api_in_flight = Gauge("aura_api_in_flight", "Requests being answered.", registry=r)
        self.api_rate_limited = Counter(
            "aura_api_rate_limited_total", "Requests refused because of a rate limit.", ["kind"], registry=r
        )
        self.api_limits_unshared = Counter(
            "aura_api_limits_unshared_total", "Requests counted by this process alone: Redis was away.", registry=r
        )
        self.api_cache = Counter(
            "aura_api_cache_total", "Questions to the cache of recommendations.", ["outcome"], registry=r
        )
        self.webhooks = Counter(
            "aura_webhooks_total", "Database webhooks received, by what became of them.", ["outcome"], registry=r
        )
        self.api_pool_waiting = Gauge("aura_api_pool_waiting", "Pieces of CPU work waiting for a thread.", registry=r)

    def _upstream(self) -> None:
        r = self.registry
        self.upstream_calls = Counter(
            "aura_upstream_calls_total", "Calls to the project's data API.", ["target", "outcome"], registry=r
        )
        self.upstream_seconds = Histogram(
            "aura_upstream_seconds",
            "From a call's start to the head of its answer.",
            ["target"],
            buckets=LATENCY,
            registry=r,
        )

    def _process(self) -> None:
        r = self.registry
        self.loop_lag = Histogram("aura_event_loop_lag_seconds", "Event-loop lag.", buckets=LAG, registry=r)
        self.loop_lag_max = Gauge("aura_event_loop_lag_max_seconds", "Worst lag of the last minute.", registry=r)
        self.info = Gauge("aura_build_info", "Always 1; labelled with the version.", ["version"], registry=r)
