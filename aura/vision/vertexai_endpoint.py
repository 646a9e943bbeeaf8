"""One question to Gemini on Vertex AI through google-genai, and its answer or trouble in Aura's words.

The only module that imports the SDK, which takes seconds: import it where nobody waits. The SDK's own retries
are off (``attempts=1``; leaving the option out would hide a random sleep and a second try behind a dropped
connection), because the analyzer above retries, once, for all kinds of trouble.

What the SDK does not raise is looked for here: a blocked prompt, a refused or truncated answer come back
as ordinary responses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from google import genai
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.genai import errors, types

from aura.errors import Failure, Permanent, RetryAt, Transient
from aura.vision.vertexai_answer import PROMPT, response_schema
from aura.vision.vertexai_errors import BadAnswer, Hiccup
from aura.vision.vertexai_options import VertexAIOptions
from aura.vision.vertexai_pauses import asked_again_at

API_VERSION = "v1"
BLOCKED = frozenset(
    {
        "SAFETY",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "MODEL_ARMOR",
        "JAILBREAK",
    }
)
REFUSED = frozenset({400, 401, 403, 404})


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's text and the tokens it took; thinking counts as output, as it is billed.

    ``flaw``: why the text cannot be complete, if that is known.
    """

    text: str
    input_tokens: int
    output_tokens: int
    flaw: str | None = None


class Endpoint:
    """A model at its place.

    Args:
        options: which model; project and location go on as arguments, since with ``base_url`` set the SDK
            drops those it finds in the environment.
        credentials: of a principal with the role Vertex AI User.
        session: carries the requests; the caller closes it.
    """

    def __init__(self, options: VertexAIOptions, credentials: Credentials, session: aiohttp.ClientSession) -> None:
        thinking = options.thinking_budget
        self._options = options
        self._thinking = None if thinking is None else types.ThinkingConfig(thinking_budget=thinking)
        self._schema = response_schema()
        self._client = genai.Client(
            vertexai=True,
            project=options.project,
            location=options.location,
            credentials=credentials,
            http_options=types.HttpOptions(
                base_url=options.base_url,
                api_version=API_VERSION,
                timeout=round(options.timeout * 1000),
                retry_options=types.HttpRetryOptions(attempts=1),
                aiohttp_client=session,
            ),
        )

    async def ask(self, jpeg: bytes, *, temperature: float, clock: Callable[[], datetime]) -> Reply:
        """The model's answer about one photo.

        Raises:
            Hiccup, BadAnswer, RetryAt, Transient, Permanent: see ``Analyzer.analyze``.
        """
        try:
            response = await self._client.aio.models.generate_content(
                model=self._options.model,
                contents=_question(jpeg),
                config=self._config(temperature),
            )
        except errors.APIError as error:
            raise self._trouble(error, clock()) from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Hiccup(f"the connection broke ({type(error).__name__})") from None
        except GoogleAuthError as error:
            raise self._refused(f"no access token ({type(error).__name__})") from None
        except (ValueError, TypeError, AttributeError):  # where the SDK's reading of an odd body stumbles
            raise BadAnswer("it is not what the API answers") from None
        return _reply(response)

    async def aclose(self) -> None:
        """Lets the SDK close what it opened; the session stays the caller's."""
        await self._client.aio.aclose()
        self._client.close()

    def _config(self, temperature: float) -> types.GenerateContentConfig:
        return types.GenerateContentConfig(
            temperature=temperature,
            candidate_count=1,
            max_output_tokens=self._options.max_output_tokens,
            response_mime_type="application/json",
            response_schema=self._schema,
            thinking_config=self._thinking,
        )

    def _trouble(self, error: errors.APIError, now: datetime) -> Failure:
        at = asked_again_at(error.details, getattr(error.response, "headers", {}), now)
        if error.code == 429:
            message = "Vertex AI's quota is used up for the moment."
            return RetryAt("analyzer_quota", message, at) if at else Transient("analyzer_quota", message)
        if error.code in REFUSED:
            return self._refused(f"{error.code} {error.status or ''}".strip())
        hiccup = Hiccup(f"it answered {error.code}")
        return RetryAt(hiccup.code, hiccup.message, at) if at else hiccup

    def _refused(self, why: str) -> Transient:
        """Only a person can mend this, and then all waiting photos should go through."""
        asked = self._options
        return Transient(
            "analyzer_unavailable",
            f"Vertex AI refuses {asked.model} in project {asked.project}, {asked.location}: {why}. Check "
            "vertexai.project, vertexai.location and vertexai.model, that aiplatform.googleapis.com is enabled "
            "there, and that the credentials have the role roles/aiplatform.user.",
        )


def _question(jpeg: bytes) -> types.UserContent:
    return types.UserContent(
        [types.Part.from_bytes(data=jpeg, mime_type="image/jpeg"), types.Part.from_text(text=PROMPT)]
    )


def _reply(response: types.GenerateContentResponse) -> Reply:
    usage = response.usage_metadata or types.GenerateContentResponseUsageMetadata()
    output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return Reply(_text(response), usage.prompt_token_count or 0, output, _flaw(response))


def _text(response: types.GenerateContentResponse) -> str:
    content = response.candidates[0].content if response.candidates else None
    return "".join(part.text or "" for part in (content.parts if content else None) or [] if not part.thought)


def _flaw(response: types.GenerateContentResponse) -> str | None:
    """Why the answer is not one, or None.

    Raises:
        Permanent: ``photo_blocked``.
    """
    feedback = response.prompt_feedback
    reasons: list[Any] = [feedback.block_reason] if feedback else []
    reasons += [candidate.finish_reason for candidate in response.candidates or []]
    for reason in filter(None, map(_name, reasons)):
        if reason in BLOCKED:
            raise Permanent("photo_blocked", f"The analyzer's safety rules refuse this photo ({reason.lower()}).")
        if reason != "STOP":
            return f"it ended with {reason}"
    return None if response.candidates else "it is empty"


def _name(reason: Any) -> str:
    return str(getattr(reason, "value", reason) or "")
