"""Tokens that are signed rightly, in the right form, and claim what no token of a person claims."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aura.identity.refusal import Reason
from tests.support.tokens.forgery import Forgery
from tests.support.tokens.project import LEFT_OUT, SigningProject

HOUR = 3600
OTHER = "5b7c5f1e-0000-4000-8000-5f3a1c2b4d6e"
Changes = Mapping[str, Any]

# Times are relative to when the token was issued, which is now.
AT: Mapping[str, tuple[Reason, Mapping[str, int]]] = {
    "expired an hour ago": ("expired", {"exp": -HOUR, "iat": -2 * HOUR}),
    "expired beyond the leeway": ("expired", {"exp": -12, "iat": -HOUR}),
    "valid in an hour": ("not_yet_valid", {"nbf": HOUR}),
    "valid beyond the leeway": ("not_yet_valid", {"nbf": 60}),
    "issued in an hour": ("not_yet_valid", {"iat": HOUR, "exp": 2 * HOUR}),
    "issued after its end": ("claims", {"iat": 7200}),
    "issued at its end": ("claims", {"iat": HOUR}),
}
CLAIMS: Mapping[str, tuple[Reason, Changes]] = {
    "exp missing": ("claims", {"exp": LEFT_OUT}),
    "exp null": ("claims", {"exp": None}),
    "exp text": ("claims", {"exp": "never"}),
    "exp digits as text": ("claims", {"exp": "4102444800"}),
    "exp true": ("claims", {"exp": True}),
    "exp a list": ("claims", {"exp": [4102444800]}),
    "exp an object": ("claims", {"exp": {"$gt": 0}}),
    "exp a fraction": ("claims", {"exp": 4102444800.5}),
    "exp a float that is whole": ("claims", {"exp": 4102444800.0}),
    "exp negative": ("claims", {"exp": -1}),
    "exp zero": ("expired", {"exp": 0, "iat": LEFT_OUT}),
    "exp beyond the year 9999": ("claims", {"exp": 253402300800}),
    "exp of 64 bits": ("claims", {"exp": 2**63}),
    "exp of 100 digits": ("claims", {"exp": 10**100}),
    "nbf text": ("claims", {"nbf": "1"}),
    "nbf null": ("claims", {"nbf": None}),
    "nbf a fraction": ("claims", {"nbf": 1.5}),
    "nbf negative": ("claims", {"nbf": -5}),
    "iat text": ("claims", {"iat": "1"}),
    "iat negative": ("claims", {"iat": -5}),
    "iat an object": ("claims", {"iat": {}}),
    "aud missing": ("audience", {"aud": LEFT_OUT}),
    "aud null": ("audience", {"aud": None}),
    "aud empty": ("audience", {"aud": ""}),
    "aud anon": ("audience", {"aud": "anon"}),
    "aud in capitals": ("audience", {"aud": "AUTHENTICATED"}),
    "aud with a space": ("audience", {"aud": "authenticated "}),
    "aud a number": ("audience", {"aud": 1}),
    "aud an empty list": ("audience", {"aud": []}),
    "aud a list of others": ("audience", {"aud": ["anon", "web"]}),
    "aud a list with the right one": ("audience", {"aud": ["authenticated"]}),
    "aud a nested list": ("audience", {"aud": [["authenticated"]]}),
    "iss missing": ("issuer", {"iss": LEFT_OUT}),
    "iss null": ("issuer", {"iss": None}),
    "iss of another project": ("issuer", {"iss": "https://other.supabase.co/auth/v1"}),
    "iss of an API key": ("issuer", {"iss": "supabase"}),
    "iss a list": ("issuer", {"iss": ["https://project.supabase.co/auth/v1"]}),
    "role missing": ("role", {"role": LEFT_OUT}),
    "role null": ("role", {"role": None}),
    "role anon": ("role", {"role": "anon"}),
    "role service_role": ("role", {"role": "service_role"}),
    "role supabase_admin": ("role", {"role": "supabase_admin"}),
    "role postgres": ("role", {"role": "postgres"}),
    "role in capitals": ("role", {"role": "Authenticated"}),
    "role with a NUL": ("role", {"role": "authenticated\0"}),
    "role a list": ("role", {"role": ["authenticated", "service_role"]}),
    "sub missing": ("subject", {"sub": LEFT_OUT}),
    "sub null": ("subject", {"sub": None}),
    "sub empty": ("subject", {"sub": ""}),
    "sub a number": ("subject", {"sub": 42}),
    "sub a list": ("subject", {"sub": [OTHER]}),
    "sub a name": ("subject", {"sub": "admin"}),
    "sub SQL": ("subject", {"sub": "' or '1'='1"}),
    "sub a filter": ("subject", {"sub": f"{OTHER},user_id.neq.{OTHER}"}),
    "sub in braces": ("subject", {"sub": f"{{{OTHER}}}"}),
    "sub a URN": ("subject", {"sub": f"urn:uuid:{OTHER}"}),
    "sub without hyphens": ("subject", {"sub": OTHER.replace("-", "")}),
    "sub with a line end": ("subject", {"sub": f"{OTHER}\n"}),
    "sub in full-width digits": ("subject", {"sub": OTHER.replace("5", "\uff15")}),
    "sub nobody": ("subject", {"sub": "00000000-0000-0000-0000-000000000000"}),
}
# Payloads that are no claims, written as bytes: json.dumps would not write most of them.
PAYLOADS: Mapping[str, bytes] = {
    "payload an empty list": b"[]",
    "payload a text": b'"authenticated"',
    "payload null": b"null",
    "payload a number": b"1",
    "payload no JSON": b"sub=1&role=authenticated",
    "payload in UTF-16": '{"role":"authenticated"}'.encode("utf-16"),
    "payload with a byte order mark": b'\xef\xbb\xbf{"role":"authenticated"}',
    "payload in broken UTF-8": b'{"role":"\xff\xfe"}',
    "payload of 3,000 brackets": b"[" * 3000,
    "payload with two objects": b'{"role":"anon"}{"role":"authenticated"}',
    "payload with a comment": b'{"role":"authenticated" /* admin */}',
}
NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "9" * 5000)


def _at(name: str, reason: Reason, moments: Mapping[str, int]) -> Forgery:
    def make(project: SigningProject) -> str:
        return project.token(**{claim: project.issued_at + offset for claim, offset in moments.items()})

    return Forgery(name, reason, make)


def _claiming(name: str, reason: Reason, changes: Changes) -> Forgery:
    return Forgery(name, reason, lambda project: project.token(**changes))


def _payload(name: str, payload: bytes) -> Forgery:
    return Forgery(name, "malformed", lambda project: project.signed(project.header(), payload))


def _ending(number: str) -> Forgery:
    """An ``exp`` that Python's own parser would read and JSON does not know, or that no clock reaches."""
    reason: Reason = "claims" if number == "1e999" else "malformed"

    def make(project: SigningProject) -> str:
        text = json.dumps(project.claims(exp="END")).replace('"END"', number)
        return project.signed(project.header(), text.encode())

    return Forgery(f"exp {number[:10]}", reason, make)


def _twice(claim: str, first: str) -> Forgery:
    """A claim that stands there twice: parsers differ in which one they take."""

    def make(project: SigningProject) -> str:
        text = json.dumps(project.claims())
        return project.signed(project.header(), f'{{"{claim}": {first}, {text[1:]}'.encode())

    return Forgery(f"{claim} twice", "malformed", make)


FORGED_CLAIMS: tuple[Forgery, ...] = (
    *(_at(name, *case) for name, case in AT.items()),
    *(_claiming(name, *case) for name, case in CLAIMS.items()),
    *(_payload(name, payload) for name, payload in PAYLOADS.items()),
    *map(_ending, NUMBERS),
    _twice("sub", f'"{OTHER}"'),
    _twice("role", '"service_role"'),
    _twice("exp", "1"),
    _twice("user_metadata", '{"a": 1, "a": 2}'),
    Forgery("payload without claims", "claims", lambda project: project.signed(project.header(), {})),
    Forgery("iss with a slash", "issuer", lambda project: project.token(iss=f"{project.rules.issuer}/")),
    Forgery("iss in capitals", "issuer", lambda project: project.token(iss=project.rules.issuer.upper())),
    Forgery("iss with a query", "issuer", lambda project: project.token(iss=f"{project.rules.issuer}?x=1")),
)
