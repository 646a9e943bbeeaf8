"""Puts the OpenAPI document together. Pure: operations go in, the document comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aura import __version__
from aura.identity.webhook_signature import ID, SECRET_HEADER, SIGNATURE, TIMESTAMP
from http_api.openapi import headers, refusals
from http_api.openapi.models import Schemas
from http_api.openapi.words import DESCRIPTION, TAGS, TITLE
from http_api.operations import Operation

JSON = "application/json"
BEARER, WEBHOOK_SECRET, WEBHOOK_SIGNATURE = "bearer", "webhookSecret", "webhookSignature"
SECURITY_SCHEMES = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a person who is signed in to the Supabase project.",
    },
    WEBHOOK_SECRET: {
        "type": "apiKey",
        "in": "header",
        "name": SECRET_HEADER,
        "description": "The shared secret, as Supabase's Database Webhooks send it.",
    },
    WEBHOOK_SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": SIGNATURE,
        "description": f"Standard Webhooks 1.0.0: with `{ID}` and `{TIMESTAMP}`, for senders that can sign.",
    },
}
_SECURITY: Mapping[str, list[dict[str, list[str]]]] = {
    "user": [{BEARER: []}],
    "signed": [{WEBHOOK_SECRET: []}, {WEBHOOK_SIGNATURE: []}],
    "open": [],
}


def openapi_document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these operations."""
    schemas = Schemas(operations)
    used = dict.fromkeys(operation.tag for operation in operations)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": __version__, "description": DESCRIPTION, "license": _license()},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": TAGS.get(tag, tag)} for tag in used],
        "paths": _paths(operations, schemas),
        "components": {
            "schemas": schemas.components,
            "responses": refusals.components(),
            "headers": dict(headers.COMPONENTS),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _license() -> dict[str, str]:
    return {"name": "MIT", "identifier": "MIT"}


def _paths(operations: Sequence[Operation], schemas: Schemas) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return paths


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    described = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": _SECURITY[operation.access],
        "parameters": list(_parameters(operation, schemas)),
        "responses": {**_answers(operation, schemas), **refusals.responses_of(operation)},
    }
    if operation.body is not None:
        described["requestBody"] = _request_body(operation, schemas)
    return described


def _parameters(operation: Operation, schemas: Schemas) -> Iterator[dict[str, Any]]:
    yield from schemas.parameters(operation.path_parameters, "path")
    yield from schemas.parameters(operation.query, "query")
    for name, words in operation.request_headers.items():
        yield headers.parameter(name, words)
    yield headers.REQUEST_ID_PARAMETER


def _request_body(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": schemas.body(operation)}
    if operation.examples:
        content["examples"] = {name: {"value": value} for name, value in operation.examples.items()}
    return {"required": True, "content": {JSON: content}}


def _answers(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    return {str(status): _answer(operation, status, schemas) for status in sorted(operation.answers)}


def _answer(operation: Operation, status: int, schemas: Schemas) -> dict[str, Any]:
    answer = operation.answers[status]
    described: dict[str, Any] = {
        "description": answer.description,
        "headers": headers.described(headers.ALWAYS, answer.headers),
    }
    if answer.model is not None:
        described["content"] = {JSON: {"schema": schemas.answer(answer.model)}}
    return described
