"""The names that settings go by outside: environment variables, and where to find each value.

A misspelt variable must be an error, because pydantic-settings ignores one that matches no field; and the
variables that Supabase and Google projects already have must simply work.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ValidationError

from aura.errors import ConfigurationError

PREFIX = "AURA__"

# The names people already have, and the setting each one means. Of two, the first that is set counts.
KNOWN_NAMES: Mapping[str, tuple[str, ...]] = {
    "AURA__SUPABASE__URL": ("SUPABASE_URL",),
    "AURA__SUPABASE__ANON_KEY": ("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY"),
    "AURA__SUPABASE__SERVICE_KEY": ("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
    "AURA__SUPABASE__JWT_SECRET": ("SUPABASE_JWT_SECRET",),
    "AURA__SUPABASE__SIGNING_KEY": ("SUPABASE_SIGNING_KEY",),
    "AURA__SUPABASE__DB_URL": ("SUPABASE_DB_URL",),
    "AURA__API__PORT": ("PORT",),
    "AURA__VERTEXAI__PROJECT": ("GOOGLE_CLOUD_PROJECT",),
    "AURA__VERTEXAI__LOCATION": ("GOOGLE_CLOUD_LOCATION",),
}

HINTS: Mapping[str, str] = {
    "supabase.url": "It is the project's URL: Supabase dashboard, Project Settings, Data API.",
    "supabase.anon_key": "Supabase dashboard, Project Settings, API Keys: the publishable (or anon) key.",
    "supabase.service_key": "Supabase dashboard, Project Settings, API Keys: a secret (or the service_role) key.",
    "supabase.jwt_secret": "Supabase dashboard, Project Settings, JWT Keys: the legacy JWT secret.",
    "supabase.signing_key": "A private JWK (JSON) that was imported into the project's JWT signing keys.",
    "supabase.db_url": "Supabase dashboard, Connect: the direct connection or the session pooler (port 5432).",
    "vertexai.project": "It is the Google Cloud project's id: Google Cloud console, Project info.",
    "analysis.analyzer": "Set it to vertexai, local (offline) or palette (offline, colours only), or to several "
    "that stand in for each other, such as vertexai,local.",
}


def environment_name(section: str, key: str) -> str:
    """The variable to name to a person: the one they know where there is one."""
    name = f"{PREFIX}{section}__{key}".upper()
    return " or ".join(reversed(KNOWN_NAMES.get(name, (name,))))


def hint(section: str, key: str) -> str:
    """Where the value of a setting is found, or how to set it."""
    return HINTS.get(f"{section}.{key}", f"Set {section}.{key} in config.yaml or in the environment.")


def translate(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables with the names that people already have turned into ``AURA__`` names.

    An ``AURA__`` name that is set itself wins over them, within the same layer.
    """
    translated = {name: value for name, value in variables.items() if value}
    for target, names in KNOWN_NAMES.items():
        found = next((variables[name] for name in names if variables.get(name)), None)
        if found is not None:
            translated.setdefault(target, found)
    return translated


def check_variables(variables: Mapping[str, str], model: type[BaseModel]) -> None:
    """Refuse ``AURA__`` variables that no setting has.

    Raises:
        ConfigurationError: naming each unknown variable and the nearest known one.
    """
    known = set(_variable_names(model))
    unknown = [name for name in variables if name.upper().startswith(PREFIX) and name.upper() not in known]
    if unknown:
        raise ConfigurationError("\n".join(_unknown(name, known) for name in sorted(unknown)))


def _unknown(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=1)
    return f"{name} is not a setting." + (f" Did you mean {near[0]}?" if near else " config.yaml lists them all.")


def _variable_names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from (f"{PREFIX}{name}__{key}".upper() for key in section.model_fields)


def explain(error: ValidationError) -> str:
    """One line for each wrong setting: its name and what is wrong, never its value."""
    return "\n".join(_line(tuple(map(str, item["loc"])), item["msg"], item["type"]) for item in error.errors())


def _line(location: tuple[str, ...], message: str, kind: str) -> str:
    path = ".".join(location)
    if kind == "extra_forbidden":
        return f"{path} is not a setting; config.yaml lists them all."
    where = f" {HINTS[path]}" if path in HINTS else ""
    variable = f" ({environment_name(*location)})" if len(location) == 2 else ""
    if kind == "string_pattern_mismatch" and location[0] == "rate_limits":
        message = "write a number and its period (second, minute, hour or day), as in 30/minute"
    return f"{path}{variable}: {message}.{where}"
