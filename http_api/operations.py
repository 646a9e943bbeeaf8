"""What a route is: a declaration that dispatching, validation, limits and the OpenAPI document are made from.

Pure data. A route's function takes a ``Call``, in which everything has been verified and validated, and returns
a ``Reply``; to refuse, it raises ``Problem``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel

from handlers.acting import Caller

if TYPE_CHECKING:
    from http_api.context import ApiContext

Body = TypeVar("Body")
Query = TypeVar("Query")
Path = TypeVar("Path")

# user: a verified access token of a person. signed: the route checks a shared secret itself. open: anybody.
AccessKind = Literal["user", "signed", "open"]
# Which rate limit counts (settings rate_limits.<name>).
LimitKind = Literal["ai", "read", "write", "webhook"]


@dataclass(frozen=True, slots=True)
class Call(Generic[Body, Query, Path]):
    """One request, verified and validated.

    ``raw`` is the body as it came; ``deadline`` the event loop's time by which the answer must be on its way.
    ``request`` serves headers alone: everything else is in the typed parts.
    """

    context: ApiContext
    request: web.Request
    body: Body
    query: Query
    path: Path
    raw: bytes
    deadline: float
    person: Caller | None = None

    @property
    def caller(self) -> Caller:
        """The person who asks; only for operations with ``access="user"``."""
        if self.person is None:
            raise AssertionError("an operation that needs a caller must be declared with access='user'")
        return self.person


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a model (sent as JSON without unset fields), its status and further headers."""

    body: BaseModel | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """One documented answer of an operation; ``model`` is None for an empty body."""

    model: type[BaseModel] | None
    description: str
    headers: Mapping[str, str] = field(default_factory=dict)  # name → description


@dataclass(frozen=True, slots=True)
class Operation:
    """One route.

    ``name`` is the operationId and the route's name; ``path`` a template as aiohttp and OpenAPI both write it;
    ``aliases`` further paths that answer the same, undocumented. ``problems`` are the codes this operation can
    answer with beyond those that its access, body and limits imply. ``request_headers`` are optional ones it
    honours (name → description). ``examples`` are bodies for the document.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    summary: str
    description: str
    tag: str
    handle: Callable[[Call[Any, Any, Any]], Awaitable[Reply]]
    answers: Mapping[int, Answer]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    path_parameters: type[BaseModel] | None = None
    problems: tuple[str, ...] = ()
    access: AccessKind = "user"
    limit: LimitKind = "read"
    aliases: tuple[str, ...] = ()
    request_headers: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)
