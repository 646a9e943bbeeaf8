"""How a started sandbox says how to use it: dotenv text for people and `.env`, JSON for programs."""

from __future__ import annotations

from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.project import Project

FIRST_LINE = "# Written by `aura sandbox`; these keys are worth nothing elsewhere."


def settings(project: Project) -> dict[str, str]:
    """The settings under the names that Supabase's own tools and this backend read.

    The environment is development: what runs against a sandbox uses the offline analyzer and ports of this machine.
    """
    keys = project.keys
    return {
        "AURA_ENVIRONMENT": "development",
        "SUPABASE_URL": project.url,
        "SUPABASE_ANON_KEY": keys.anon,
        "SUPABASE_PUBLISHABLE_KEY": keys.publishable,
        "SUPABASE_SERVICE_ROLE_KEY": keys.service_role,
        "SUPABASE_SECRET_KEY": keys.secret,
        "SUPABASE_JWT_SECRET": keys.jwt_secret,
        "SUPABASE_JWKS_URL": f"{project.url}/auth/v1/.well-known/jwks.json",
        "SUPABASE_DB_URL": project.postgres.dsn(),
    }


def dotenv(values: dict[str, str]) -> str:
    """The settings as lines of a `.env` file. No value holds anything that needs quoting."""
    return "".join(f"{name}={value}\n" for name, value in values.items())


def write_env_file(path: Path, values: dict[str, str]) -> None:
    """Writes a `.env` that only its owner can read.

    Raises SandboxError rather than overwrite a file that a person wrote.
    """
    if path.exists() and not path.read_text().startswith(FIRST_LINE):
        raise SandboxError(f"{path} exists and was not written by `aura sandbox`: choose another --env-file")
    path.touch(mode=0o600)
    path.write_text(f"{FIRST_LINE}\n{dotenv(values)}")
