"""What routes work with: one set for a whole process, opened before the port and closed after it."""

from __future__ import annotations

from dataclasses import dataclass

from aura.assistant.vertexai import Assistant
from aura.identity.verification import TokenVerifier
from aura.settings import Settings
from handlers.roles import Hints
from handlers.services import Services
from http_api.background import Background
from http_api.cache import AnswerCache
from http_api.limiter import RateLimiter
from http_api.pool import CpuPool
from http_api.webhook_gate import WebhookGate


@dataclass(frozen=True, slots=True)
class ApiContext:
    """Everything a route may use.

    ``pool`` runs what would hold up the event loop; ``background`` keeps work that outlives its request and waits
    for it at shutdown; ``cache`` keeps recommendations; ``hints`` takes changes that a webhook brings, and
    ``webhooks`` judges who sent it; ``assistant`` is a model that suggests, where the settings ask for one.
    """

    settings: Settings
    services: Services
    verifier: TokenVerifier
    limiter: RateLimiter
    cache: AnswerCache
    pool: CpuPool
    background: Background
    hints: Hints
    webhooks: WebhookGate
    assistant: Assistant | None = None
