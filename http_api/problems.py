"""Every way in which the API says no, as RFC 9457 problem documents.

``code`` is a contract with the app: stable, one meaning, one status. ``detail`` is one sentence for people. What
went wrong inside stays in the log, under the request's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aura.errors import AuraError


@dataclass(frozen=True, slots=True)
class Kind:
    """What a problem's code means: the HTTP status and the title, which never vary."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    "bad_request": Kind(400, "The request is malformed"),
    "invalid_json": Kind(400, "The body is not valid JSON"),
    "unauthorized": Kind(401, "A valid access token is needed"),
    "webhook_refused": Kind(401, "The webhook's secret or signature is not valid"),
    "not_found": Kind(404, "Not found"),
    "webhook_closed": Kind(404, "No webhook is taken here"),
    "method_not_allowed": Kind(405, "The method is not allowed here"),
    "request_timeout": Kind(408, "The request took too long to arrive"),
    "body_too_large": Kind(413, "The body is too large"),
    "uri_too_long": Kind(414, "The address is too long"),
    "unsupported_media_type": Kind(415, "The body must be JSON"),
    "expectation_failed": Kind(417, "The Expect header cannot be met"),
    "invalid_request": Kind(422, "Some fields are not valid"),
    "no_photo": Kind(422, "The item has no photo"),
    "unreadable_photo": Kind(422, "The photo cannot be read"),
    "photo_too_large": Kind(422, "The photo is too large"),
    "photo_host_not_allowed": Kind(422, "The photo is on a host that is not allowed"),
    "photo_missing": Kind(422, "The photo is not where it should be"),
    "photo_gone": Kind(422, "The photo is gone"),
    "photo_blocked": Kind(422, "The photo was refused"),
    "photo_unsupported_type": Kind(422, "The photo's type is not supported"),
    "rate_limited": Kind(429, "Too many requests"),
    "daily_limit": Kind(429, "The daily limit is reached"),
    "analyzer_quota": Kind(429, "The analyzer's quota is spent"),
    "headers_too_large": Kind(431, "The request's headers are too large"),
    "internal_error": Kind(500, "Something went wrong"),
    "unavailable": Kind(503, "Not available just now"),
    "overloaded": Kind(503, "Too much to do just now"),
    "shutting_down": Kind(503, "The server is shutting down"),
    "analyzer_unavailable": Kind(503, "The analyzer is not available"),
    "photo_unreachable": Kind(503, "The photo cannot be fetched just now"),
    "analyzer_timeout": Kind(504, "The analysis takes longer"),
    "deadline_exceeded": Kind(504, "The answer took too long"),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: where (JSON pointer or parameter name) and why; never the value itself."""

    field: str
    message: str


class Problem(AuraError):
    """Ends a request with a problem document.

    Args:
        code: a key of ``KINDS``.
        detail: one sentence for people; no secrets, no row contents.
        errors: the fields that are wrong (``invalid_request``).
        headers: sent along, such as ``Retry-After`` or ``WWW-Authenticate``.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.kind = KINDS[code]
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
