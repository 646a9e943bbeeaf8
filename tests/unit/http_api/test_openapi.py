"""The document says what the operations declare, in valid OpenAPI 3.1; refusals are rendered as it says."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from http_api.cli import openapi
from http_api.docs import FOLDER
from http_api.openapi import openapi_document
from http_api.openapi.refusals import codes_of
from http_api.operations import Operation
from http_api.problems import KINDS, FieldError, Problem
from http_api.rendering import problem_document
from http_api.routes import all_operations

OPERATIONS = all_operations()
CONTRACT = {
    ("post", "/api/v1/ai/analyze-clothing-item"),
    ("get", "/api/v1/ai/analyses/{clothing_item_id}"),
    ("get", "/api/v1/recommendations/"),
    ("post", "/api/v1/ai/calculate-style-dna"),
    ("post", "/api/v1/swap-market/process-listing"),
    ("post", "/webhooks/supabase"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document(OPERATIONS)


def described(document: dict[str, Any]) -> Iterator[tuple[Operation, dict[str, Any]]]:
    for operation in OPERATIONS:
        yield operation, document["paths"][operation.path][operation.method.lower()]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the components that it refers to beside it."""
    return {"components": document["components"], **schema}


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_the_apps_routes_are_all_there(document: dict[str, Any]) -> None:
    assert {(method, path) for path, methods in document["paths"].items() for method in methods} >= CONTRACT


def test_nothing_is_referred_to_that_is_not_there(document: dict[str, Any]) -> None:
    text = orjson.dumps(document).decode()
    for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', text):
        assert name in document["components"][kind]


def test_every_route_is_described_to_people(document: dict[str, Any]) -> None:
    for operation, shown in described(document):
        assert shown["operationId"] == operation.name
        assert shown["summary"]
        assert len(shown["description"]) > 40
        assert operation.tag in {tag["name"] for tag in document["tags"]}
        assert all(parameter.get("description") for parameter in shown["parameters"])


def test_callers_of_each_kind_know_how_to_show_themselves(document: dict[str, Any]) -> None:
    schemes = {"user": {"bearer"}, "signed": {"webhookSecret", "webhookSignature"}, "open": set()}
    for operation, shown in described(document):
        assert {name for way in shown["security"] for name in way} == schemes[operation.access]
    assert set(document["components"]["securitySchemes"]) == {"bearer", "webhookSecret", "webhookSignature"}


def test_every_problem_is_documented_under_its_status(document: dict[str, Any]) -> None:
    for operation, shown in described(document):
        for code in codes_of(operation):
            response = shown["responses"][str(KINDS[code].status)]
            reference = response.get("$ref", "").rpartition("/")[2]
            assert reference == code or code in response["content"]["application/problem+json"]["examples"]


def test_what_a_declaration_implies_is_documented() -> None:
    for operation in OPERATIONS:
        codes = codes_of(operation)
        assert {"internal_error", "rate_limited", "unavailable", "invalid_request"} <= {*codes}
        assert ("unauthorized" in codes) == (operation.access == "user")
        assert ("unsupported_media_type" in codes) == (operation.body is not None)
        assert [KINDS[code].status for code in codes] == sorted(KINDS[code].status for code in codes)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_refusals_are_rendered_as_documented(document: dict[str, Any], code: str) -> None:
    schema = document["components"]["responses"][code]["content"]["application/problem+json"]["schema"]
    rendered = problem_document(Problem(code, "No.", errors=[FieldError("/a", "No.")]), "id-1")
    Draft202012Validator(resolved(document, schema)).validate(rendered)
    other = {**rendered, "code": "bad_request" if code != "bad_request" else "not_found"}
    assert not Draft202012Validator(resolved(document, schema)).is_valid(other)


def test_examples_are_what_the_schemas_accept(document: dict[str, Any]) -> None:
    for operation, shown in described(document):
        for name, example in shown.get("requestBody", {}).get("content", {}).get("application/json", {}).items():
            if name == "examples":
                schema = resolved(document, shown["requestBody"]["content"]["application/json"]["schema"])
                for one in example.values():
                    Draft202012Validator(schema).validate(one["value"])
                    assert operation.body is not None
                    operation.body.model_validate_json(orjson.dumps(one["value"]), strict=True)


def test_every_answer_carries_the_requests_id(document: dict[str, Any]) -> None:
    for _, shown in described(document):
        for response in shown["responses"].values():
            found = response
            if "$ref" in response:
                found = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            assert "X-Request-ID" in found["headers"]


def test_the_command_prints_the_document_without_any_settings(document: dict[str, Any]) -> None:
    pretty = CliRunner(env={"AURA_CONFIG_DIR": "/nowhere"}).invoke(openapi, [])
    compact = CliRunner(env={"AURA_CONFIG_DIR": "/nowhere"}).invoke(openapi, ["--compact"])
    assert (pretty.exit_code, compact.exit_code) == (0, 0)
    assert orjson.loads(pretty.output) == orjson.loads(compact.output) == orjson.loads(orjson.dumps(document))
    assert compact.output.count("\n") == 1


def test_vendored_files_are_unchanged() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text().splitlines()
    sums = {name: known for known, name in (line.split() for line in lines)}
    assert set(sums) == {"favicon.png", "redoc.standalone.js", "swagger-ui-bundle.js", "swagger-ui.css"}
    for name, expected in sums.items():
        packed = FOLDER / f"{name}.gz"
        content = gzip.decompress(packed.read_bytes()) if packed.exists() else (FOLDER / name).read_bytes()
        assert sha256(content).hexdigest() == expected, name
