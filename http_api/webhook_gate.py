"""Lets in webhooks whose sender proves that it knows the secret, before anything of their body is believed.

One gate for a whole process: it remembers the signed messages that are still valid, so that a copy is taken for what
it is. Their number is bounded; a copy that gets through all the same does nothing but hint once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

from aiohttp import web

from aura.identity.message_memory import MessageMemory
from aura.identity.webhook_signature import Proof, WebhookRefused, WebhookSecret, verify_webhook
from aura.settings import Settings
from aura.settings.names import environment_name
from aura.telemetry.metrics import Metrics
from http_api.problems import Problem

# As many signed messages as the default rate limit lets in within the default tolerance: 6,000 a minute for 5 minutes.
REMEMBERED = 30_000
CHALLENGE = 'Bearer realm="aura webhook"'


class WebhookGate:
    """``secret`` is None where none is set: then the gate is closed. ``clock``: seconds since the epoch."""

    def __init__(
        self, secret: WebhookSecret | None, tolerance: float, metrics: Metrics, clock: Callable[[], float] = time.time
    ) -> None:
        self._secret = secret
        self._tolerance = tolerance
        self._metrics = metrics
        self._clock = clock
        self._seen = MessageMemory(REMEMBERED)

    @classmethod
    def from_settings(cls, settings: Settings, metrics: Metrics) -> Self:
        """The gate with the secret that the settings hold.

        Raises:
            ConfigurationError: the secret is too short, or begins like a key and is none.
        """
        secret, tolerance = settings.webhook.secret, settings.webhook.tolerance_seconds
        return cls(WebhookSecret.parse(secret.get_secret_value()) if secret else None, tolerance, metrics)

    def admit(self, request: web.Request, body: bytes) -> Proof:
        """What the sender has proved.

        Raises:
            Problem: ``webhook_closed`` or ``webhook_refused``.
        """
        headers = {name.lower(): request.headers.getall(name) for name in request.headers}
        try:
            return verify_webhook(headers, body, self._opened(), now=self._clock(), tolerance=self._tolerance)
        except WebhookRefused as refusal:
            self.count("refused")
            raise Problem("webhook_refused", str(refusal), headers={"WWW-Authenticate": CHALLENGE}) from None

    def check_open(self) -> None:
        """Raises ``webhook_closed`` where no secret is set."""
        self._opened()

    def is_copy(self, proof: Proof) -> bool:
        """Whether this very message was taken before; what shows only the secret cannot be told apart."""
        if proof.message_id is None:
            return False
        return not self._seen.is_new(proof.message_id, proof.replayable_until, self._clock())

    def count(self, outcome: str) -> None:
        """Count a webhook: accepted, ignored, repeated or refused."""
        self._metrics.webhooks.labels(outcome).inc()

    def _opened(self) -> WebhookSecret:
        if self._secret is None:
            name = environment_name("webhook", "secret")
            raise Problem("webhook_closed", f"No webhook is taken here: {name} is not set.")
        return self._secret
