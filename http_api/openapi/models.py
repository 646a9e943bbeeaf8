"""The models of operations as JSON schemas: bodies and answers as components, parameters one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from http_api.operations import Operation
from http_api.schemas.problem import ProblemDocument

REF = "#/components/schemas/{model}"
Model = type[BaseModel]


class Schemas:
    """The schemas of all models that these operations use; pydantic names them, apart where names collide."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        bodies: list[tuple[Model, JsonSchemaMode]] = [(one.body, "validation") for one in operations if one.body]
        answers: list[tuple[Model, JsonSchemaMode]] = [
            (answer.model, "serialization") for one in operations for answer in one.answers.values() if answer.model
        ]
        problem: tuple[Model, JsonSchemaMode] = (ProblemDocument, "serialization")
        self._refs, definitions = models_json_schema([*bodies, *answers, problem], ref_template=REF)
        self.components = _sorted(_renamed(definitions["$defs"]))

    def body(self, operation: Operation) -> dict[str, Any]:
        """The schema of an operation's body."""
        if operation.body is None:
            raise ValueError(f"{operation.name} takes no body")
        return dict(self._refs[operation.body, "validation"])

    def answer(self, model: Model) -> dict[str, Any]:
        """The schema of an answer."""
        return dict(self._refs[model, "serialization"])

    def parameters(self, model: Model | None, place: Literal["path", "query"]) -> Iterator[dict[str, Any]]:
        """One parameter for each field; their types are plain, so nothing is referred to."""
        if model is None:
            return
        schema = model.model_json_schema()
        required = {*schema.get("required", ())} if place == "query" else {*schema["properties"]}
        for name, field in schema["properties"].items():
            yield _parameter(name, field, place, required=name in required)


def _parameter(name: str, field: dict[str, Any], place: str, *, required: bool) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key not in {"title", "description"}}
    described = {"name": name, "in": place, "required": required, "schema": kept}
    return described | ({"description": field["description"]} if "description" in field else {})


def _renamed(definitions: dict[str, Any]) -> dict[str, Any]:
    """The problem's schema under the name that people use."""
    return {"Problem" if name == ProblemDocument.__name__ else name: schema for name, schema in definitions.items()}


def _sorted(definitions: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(definitions.items()))
