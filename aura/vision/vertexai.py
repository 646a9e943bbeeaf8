"""The analyzer on Vertex AI: Gemini looks at the photo and answers in the closed vocabulary.

Retries live here and nowhere else: short trouble of the service is tried again a few times with growing,
random pauses; an answer in the wrong shape is asked for once more, a little warmer, since at temperature 0
the same words would come back. All of it ends within ``timeout``. What is sent is the re-encoded photo:
small and without metadata. The SDK lives on a loop of its own (``loop_thread.py``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base

from aura.errors import ConfigurationError, Transient
from aura.settings import Settings
from aura.vision.analyzer import Analysis, Billed, Usage, version_of
from aura.vision.garment import GarmentTags
from aura.vision.loop_thread import LoopThread
from aura.vision.photo import Photo
from aura.vision.vertexai_answer import read_answer
from aura.vision.vertexai_errors import BadAnswer, Hiccup
from aura.vision.vertexai_options import VertexAIOptions

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

    from aura.vision.vertexai_endpoint import Endpoint, Reply

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
PAUSE = wait_random_exponential(multiplier=0.5, max=4.0)
REPAIR_TEMPERATURE = 0.4


class VertexAIAnalyzer:
    """Gemini on Vertex AI.

    Args:
        options: which model, within which bounds.
        credentials: Google credentials for it.
        clock: the present moment, for quota answers that name a delay.
        pause: between tries.
    """

    name = "vertexai"
    paid = True

    def __init__(
        self,
        options: VertexAIOptions,
        credentials: Credentials,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: wait_base = PAUSE,
    ) -> None:
        self.model = options.model
        self.version = version_of(self.name, options.model)
        self.timeout = options.timeout
        self._options = options
        self._credentials = credentials
        self._clock = clock
        self._pause = pause
        self._thread = LoopThread("vertexai")
        self._session: aiohttp.ClientSession | None = None
        self._endpoint: Endpoint | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The analyzer that the settings ask for, with Application Default Credentials.

        Raises:
            ConfigurationError: the project, the credentials or the SDK is missing.
        """
        return cls(VertexAIOptions.from_settings(settings), load_credentials())

    async def analyze(self, photo: Photo) -> Analysis:
        """The model's tags for the main garment on ``photo``; errors as in ``Analyzer.analyze``."""
        try:
            async with asyncio.timeout(self.timeout):
                return await self._thread.run(self._analyze(photo))
        except TimeoutError:
            raise Transient("analyzer_timeout", f"Vertex AI did not answer within {self.timeout:g} s.") from None

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._thread.run(self._close())
        await self._thread.aclose()

    async def _close(self) -> None:
        if self._endpoint is not None:
            await self._endpoint.aclose()
        if self._session is not None:
            await self._session.close()

    async def _analyze(self, photo: Photo) -> Analysis:
        replies: list[Reply] = []
        try:
            return await self._repaired(photo, replies)
        except Transient as failure:
            if not replies:
                raise
            raise Billed(failure.code, failure.message, self._usage(replies)) from None

    async def _repaired(self, photo: Photo, replies: list[Reply]) -> Analysis:
        try:
            return await self._answer(photo, 0.0, replies)
        except BadAnswer:
            return await self._answer(photo, REPAIR_TEMPERATURE, replies)

    async def _answer(self, photo: Photo, temperature: float, replies: list[Reply]) -> Analysis:
        """One answer; ``replies`` collects what was paid for, usable or not."""
        reply = await self._ask(photo, temperature)
        replies.append(reply)
        if reply.flaw:
            raise BadAnswer(reply.flaw)
        tags = read_answer(reply.text)
        usage = self._usage(replies)
        return Analysis("no_garment", GarmentTags(), usage) if tags is None else Analysis("done", tags, usage)

    def _usage(self, replies: list[Reply]) -> Usage:
        given = sum(reply.input_tokens for reply in replies)
        made = sum(reply.output_tokens for reply in replies)
        price = given * self._options.input_price + made * self._options.output_price
        return Usage(given, made, price / 1_000_000)

    async def _ask(self, photo: Photo, temperature: float) -> Reply:
        endpoint = self._opened()
        tries: AsyncRetrying = AsyncRetrying(
            stop=stop_after_attempt(self._options.attempts),
            wait=self._pause,
            retry=retry_if_exception_type(Hiccup),
            reraise=True,
        )
        return await tries(endpoint.ask, photo.jpeg, temperature=temperature, clock=self._clock)

    def _opened(self) -> Endpoint:
        """The endpoint, opened with the first photo: the SDK takes seconds to import."""
        if self._endpoint is None:
            from aura.vision.vertexai_endpoint import Endpoint

            self._session = self._session or aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32))
            self._endpoint = Endpoint(self._options, self._credentials, self._session)
        return self._endpoint


def load_credentials() -> Credentials:
    """Application Default Credentials.

    Raises:
        ConfigurationError: there are none, or the SDK is not installed.
    """
    if not _sdk_installed():
        raise ConfigurationError(
            "analysis.analyzer is vertexai, but google-genai is not installed: pip install 'aura-backend[vertexai]'."
        )
    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        found: Any = google.auth.default(scopes=SCOPES)
    except GoogleAuthError as error:
        raise ConfigurationError(
            "analysis.analyzer is vertexai, but there are no Google credentials. Set GOOGLE_APPLICATION_CREDENTIALS to "
            "a service account's key file, run `gcloud auth application-default login`, or run on Google Cloud with "
            f"a service account ({type(error).__name__})."
        ) from None
    credentials: Credentials = found[0]
    return credentials


def _sdk_installed() -> bool:
    try:
        return find_spec("google.genai") is not None
    except (ModuleNotFoundError, ValueError):  # not even its parent, the namespace "google"; or disabled
        return False
