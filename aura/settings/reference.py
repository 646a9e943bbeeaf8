"""Writes docs/configuration.md: every setting with its variable, kind, default and reason.

Kinds, bounds and defaults are the settings model's, the reasons are the comments of config.yaml; a test keeps the
document equal to both. ``python -m aura.settings.reference config.yaml > docs/configuration.md`` writes it anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from aura.settings.load import Settings
from aura.settings.names import KNOWN_NAMES, PREFIX

HEAD = """# Configuration

Written by `make docs` from the settings model and `config.yaml`; do not edit it here.

Later layers override earlier ones: `config.yaml`, `config.<environment>.yaml`, `.env`, environment variables. They are
read in the folder that `AURA_CONFIG_DIR` names, else in the working directory. `AURA_ENVIRONMENT` is `development`,
`staging` or `production` (the default): development chooses an offline analyzer and sample products, and opens its
ports on this machine only. As a variable, a list is written `a,b,c`; an empty variable counts as not set. An unknown
setting or variable is an error that names the nearest known one. Secrets belong into the environment or `.env`.

`aura doctor` says whether what is set works.
"""
KINDS = {"boolean": "true or false", "string": "text", "integer": "whole number", "number": "number"}


def reference(config_yaml: str) -> str:
    """The document; ``config_yaml`` is the text whose comments are the reasons."""
    reasons = read_reasons(config_yaml)
    return HEAD + "".join(_section(name, reasons) for name in reasons)


def read_reasons(config_yaml: str) -> dict[str, dict[str, str]]:
    """The comment above each key, by section and key; keys without one of their own share the one above them."""
    reasons: dict[str, dict[str, str]] = {}
    section, comment, fresh = "", "", True
    for line in config_yaml.splitlines():
        text = line.strip()
        if text.startswith("#"):
            said = text.removeprefix("#").strip()
            comment, fresh = (said if fresh else f"{comment} {said}"), False
        elif text.endswith(":") and not line.startswith(" "):
            section, comment, fresh = text.removesuffix(":"), "", True
            reasons[section] = {}
        elif text:
            reasons[section][text.partition(":")[0]] = comment
            fresh = True
    return reasons


def _section(name: str, reasons: Mapping[str, Mapping[str, str]]) -> str:
    model = _model(name)
    properties: Mapping[str, Mapping[str, Any]] = model.model_json_schema()["properties"]
    rows = "".join(_row(name, key, properties[key], reason) for key, reason in reasons[name].items())
    about = (model.__doc__ or "").strip().splitlines()[0]
    return f"\n## {name}\n\n{about}\n\n| setting | variable | kind | default | why |\n|---|---|---|---|---|\n{rows}"


def _model(section: str) -> type[BaseModel]:
    model = Settings.model_fields[section].annotation
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{section} is no section of the settings")
    return model


def _row(section: str, key: str, schema: Mapping[str, Any], reason: str) -> str:
    variable = f"{PREFIX}{section}__{key}".upper()
    variables = ", ".join(f"`{name}`" for name in (*KNOWN_NAMES.get(variable, ()), variable))
    cells = (f"`{key}`", variables, kind(schema), _default(schema.get("default")), reason)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def kind(schema: Mapping[str, Any]) -> str:
    """The values that a field's JSON schema allows, in words."""
    if "anyOf" in schema:
        return " or ".join(kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'])}"
    special = {"password": "secret", "uri": "URL"}.get(schema.get("format", ""))
    return special or " ".join([KINDS[schema["type"]], *_bounds(schema)])


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    if "pattern" in schema:
        yield "such as `30/minute`"
    if "minimum" in schema and "maximum" in schema:
        yield f"from {schema['minimum']:,} to {schema['maximum']:,}"
    elif "minimum" in schema:
        yield f"from {schema['minimum']:,}"
    elif "exclusiveMinimum" in schema:
        yield f"above {schema['exclusiveMinimum']:,}"


def _default(value: Any) -> str:
    return "not set" if value is None else f"`{json.dumps(value)}`"


if __name__ == "__main__":
    sys.stdout.write(reference(Path(sys.argv[1]).read_text(encoding="utf-8")))
