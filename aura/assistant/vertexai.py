"""Asks Gemini on Vertex AI one question about a listing, once, within a bounded time.

Nobody may wait long for what is only a suggestion: no retries, a few questions at a time, and whoever comes when all
turns are taken goes without. The SDK, which takes seconds to import, lives on a loop of its own and is opened before
the first listing comes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import structlog

from aura.errors import ConfigurationError, Transient
from aura.settings import Settings
from aura.vision.loop_thread import LoopThread
from aura.vision.vertexai import load_credentials
from aura.vision.vertexai_options import VertexAIOptions

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.genai import Client
    from google.genai.types import GenerateContentResponse

API_VERSION = "v1"
# The prompt, the schema's words and 1,600 characters of any language are less than the first.
MAX_INPUT_TOKENS, MAX_OUTPUT_TOKENS = 4_000, 512
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's text, the tokens it took, and what they cost in US dollars."""

    text: str
    input_tokens: int
    output_tokens: int
    cost_usd: float


class Assistant:
    """The model, for short questions in a fixed shape.

    Args:
        options: which model, where and at which price; ``timeout`` is not read.
        credentials: Google credentials for it.
        seconds: in which an answer must come.
        at_once: questions under way at one time.
    """

    name = "vertexai_listing"

    def __init__(self, options: VertexAIOptions, credentials: Credentials, *, seconds: float, at_once: int) -> None:
        self.seconds = seconds
        self._options = options
        self._credentials = credentials
        self._turns = asyncio.Semaphore(at_once)
        self._thread = LoopThread("listing-model")
        self._session: aiohttp.ClientSession | None = None
        self._client: Client | None = None
        self._opening: asyncio.Task[None] | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """The assistant that the settings ask for; None where they ask for none.

        Raises:
            ConfigurationError: the analyzer is not on Vertex AI, or project, credentials or SDK are missing.
        """
        market = settings.market
        if not market.model:
            return None
        if "vertexai" not in settings.analysis.analyzer:
            raise ConfigurationError(
                "market.model (AURA__MARKET__MODEL) is true, but vertexai is not among analysis.analyzer: add it, or "
                "leave market.model false."
            )
        options, seconds = VertexAIOptions.from_settings(settings), market.model_timeout_seconds
        return cls(options, load_credentials(), seconds=seconds, at_once=market.model_at_once)

    def open(self) -> None:
        """Begin to import and open the SDK; what goes wrong with that is said and tried again with a question."""
        self._opening = asyncio.create_task(self._open_ahead(), name="listing-model-open")

    async def aclose(self) -> None:
        """Close the connections."""
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._thread.run(self._close())
        await self._thread.aclose()

    @property
    def highest_cost_usd(self) -> float:
        """The most that one question may cost, in US dollars."""
        return self._cost(MAX_INPUT_TOKENS, MAX_OUTPUT_TOKENS)

    @property
    def busy(self) -> bool:
        """Whether all turns are taken."""
        return self._turns.locked()

    async def ask(self, question: str, schema: dict[str, Any]) -> Reply:
        """The model's answer, which should be JSON of this schema.

        Raises:
            Transient: ``model_busy``, ``model_timeout``, ``model_unavailable``, ``model_refused``.
        """
        if self.busy:
            raise Transient("model_busy", "All turns at the model are taken.")
        try:
            async with self._turns, asyncio.timeout(self.seconds):
                return await self._thread.run(self._ask(question, schema))
        except TimeoutError:
            raise Transient("model_timeout", f"The model did not answer within {self.seconds:g} s.") from None

    async def _open_ahead(self) -> None:
        try:
            await self._thread.run(self._opened())
        except Exception as error:  # noqa: BLE001 - of an SDK; suggestions are not worth a process
            log.warning("listing_model_not_opened", error=type(error).__name__)

    async def _ask(self, question: str, schema: dict[str, Any]) -> Reply:
        from google.auth.exceptions import GoogleAuthError
        from google.genai import errors

        client = await self._opened()
        try:
            response = await client.aio.models.generate_content(
                model=self._options.model, contents=question, config=self._config(schema)
            )
        except errors.APIError as error:
            raise Transient("model_unavailable", f"Vertex AI answered {error.code}.") from None
        except (aiohttp.ClientError, ConnectionError, GoogleAuthError) as error:
            raise Transient("model_unavailable", f"Vertex AI was not reached ({type(error).__name__}).") from None
        except (ValueError, TypeError, AttributeError):  # where the SDK's reading of an odd body stumbles
            raise Transient("model_unavailable", "Vertex AI answered what the API does not.") from None
        return self._reply(response)

    def _config(self, schema: dict[str, Any]) -> Any:
        from google.genai import types

        return types.GenerateContentConfig(
            temperature=0.0,
            candidate_count=1,
            max_output_tokens=MAX_OUTPUT_TOKENS,
            response_mime_type="application/json",
            response_schema=schema,
            thinking_config=types.ThinkingConfig(thinking_budget=0),
        )

    def _reply(self, response: GenerateContentResponse) -> Reply:
        candidate = response.candidates[0] if response.candidates else None
        reason = getattr(candidate.finish_reason, "value", None) if candidate else None
        if candidate is None or reason != "STOP":
            raise Transient("model_refused", f"The model gave no whole answer ({reason or 'none'}).")
        parts = (candidate.content.parts if candidate.content else None) or []
        usage = response.usage_metadata
        given = (usage.prompt_token_count if usage else None) or 0
        made = ((usage.candidates_token_count if usage else None) or 0) + (
            (usage.thoughts_token_count if usage else None) or 0
        )
        text = "".join(part.text or "" for part in parts if not part.thought)
        return Reply(text, given, made, self._cost(given, made))

    def _cost(self, given: int, made: int) -> float:
        return (given * self._options.input_price + made * self._options.output_price) / 1_000_000

    async def _opened(self) -> Client:
        if self._client is None:
            from google.genai import Client, types

            self._session = self._session or aiohttp.ClientSession()
            self._client = Client(
                vertexai=True,
                project=self._options.project,
                location=self._options.location,
                credentials=self._credentials,
                http_options=types.HttpOptions(
                    base_url=self._options.base_url,
                    api_version=API_VERSION,
                    timeout=round(self.seconds * 1000),
                    retry_options=types.HttpRetryOptions(attempts=1),
                    aiohttp_client=self._session,
                ),
            )
        return self._client

    async def _close(self) -> None:
        if self._client is not None:
            await self._client.aio.aclose()
            self._client.close()
        if self._session is not None:
            await self._session.close()
