"""Tokens whose header tries to choose how they are verified, or with which key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from aura.identity.refusal import Reason
from tests.support.tokens.forgery import Forgery
from tests.support.tokens.project import LEFT_OUT, SigningProject, encode, hmac_over, segment

MINE = "https://attacker.example/jwks.json"
DER, PEM = Encoding.DER, Encoding.PEM
INFO = PublicFormat.SubjectPublicKeyInfo

# Headers under a right ES256 signature.
HEADERS: Mapping[str, tuple[Reason, Mapping[str, Any]]] = {
    "alg missing": ("header", {"alg": LEFT_OUT}),
    "alg null": ("header", {"alg": None}),
    "alg a number": ("header", {"alg": 256}),
    "alg a list": ("header", {"alg": ["ES256", "none"]}),
    "alg empty": ("algorithm", {"alg": ""}),
    "alg in small letters": ("algorithm", {"alg": "es256"}),
    "alg with a space": ("algorithm", {"alg": "ES256 "}),
    "alg ES384": ("algorithm", {"alg": "ES384"}),
    "alg ES256K": ("algorithm", {"alg": "ES256K"}),
    "alg of encryption": ("algorithm", {"alg": "RSA-OAEP"}),
    "alg of the RSA key": ("algorithm", {"alg": "RS256"}),
    "alg of the Edwards key": ("algorithm", {"alg": "EdDSA"}),
    "kid missing": ("unknown_key", {"kid": LEFT_OUT}),
    "kid unknown": ("unknown_key", {"kid": "ec-2"}),
    "kid in capitals": ("unknown_key", {"kid": "EC-1"}),
    "kid null": ("header", {"kid": None}),
    "kid empty": ("header", {"kid": ""}),
    "kid a number": ("header", {"kid": 1}),
    "kid a list": ("header", {"kid": ["ec-1"]}),
    "kid of 300 characters": ("header", {"kid": "k" * 300}),
    "kid a path": ("unknown_key", {"kid": "../../../../dev/null"}),
    "kid SQL": ("unknown_key", {"kid": "x' union select 'key' --"}),
    "kid a URL": ("unknown_key", {"kid": MINE}),
    "kid a command": ("unknown_key", {"kid": "ec-1 | whoami"}),
    "kid with a NUL": ("unknown_key", {"kid": "ec-1\0"}),
    "kid of the RSA key": ("algorithm", {"kid": "rsa-1"}),
    "kid of the Edwards key": ("algorithm", {"kid": "ed-1"}),
    "crit": ("header", {"crit": ["exp"]}),
    "crit empty": ("header", {"crit": []}),
    "crit with b64": ("header", {"crit": ["b64"], "b64": False}),
    "b64 false": ("header", {"b64": False}),
    "zip": ("header", {"zip": "DEF"}),
    "nested JWT": ("header", {"cty": "JWT"}),
    "typ of another token": ("header", {"typ": "at+jwt"}),
    "typ JWE": ("header", {"typ": "JWE"}),
    "typ null": ("header", {"typ": None}),
}
# Headers that bring a key along, under a signature of the attacker's own key.
CARRIED: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "jwk": lambda jwk: {"jwk": jwk},
    "jwk without kid": lambda jwk: {"jwk": jwk, "kid": LEFT_OUT},
    "jku": lambda _: {"jku": MINE},
    "jku of the project, with a port": lambda _: {"jku": "https://project.supabase.co@attacker.example/jwks.json"},
    "x5u": lambda _: {"x5u": MINE},
    "x5c": lambda _: {"x5c": ["MIIB"]},
}


def _header(name: str, reason: Reason, changes: Mapping[str, Any]) -> Forgery:
    return Forgery(name, reason, lambda project: project.with_header(**changes))


def _carrying(name: str, header: Callable[[dict[str, Any]], dict[str, Any]]) -> Forgery:
    def make(project: SigningProject) -> str:
        own = ec.generate_private_key(ec.SECP256R1())
        jwk: dict[str, Any] = ECAlgorithm.to_jwk(own.public_key(), as_dict=True)
        text = f"{segment(project.header(**header({**jwk, 'kid': 'ec-1'})))}.{segment(project.claims())}"
        return f"{text}.{encode(ECAlgorithm(ECAlgorithm.SHA256).sign(text.encode(), own))}"

    return Forgery(f"key brought along: {name}", "header", make)


def _unsigned(algorithm: str, signature: str = "") -> Forgery:
    """``none`` in every spelling, with and without something where the signature stands."""

    def make(project: SigningProject) -> str:
        return f"{segment(project.header(alg=algorithm))}.{segment(project.claims())}.{signature}"

    name = f"alg {algorithm}" + (" with a signature" if signature else "")
    return Forgery(name, "algorithm" if signature else "malformed", make)


def _keyed(name: str, key: Callable[[SigningProject], bytes], algorithm: str = "HS256", kid: str = "ec-1") -> Forgery:
    """HMAC with what everybody knows: algorithm confusion."""

    def make(project: SigningProject) -> str:
        text = f"{segment(project.header(algorithm, kid=kid))}.{segment(project.claims())}"
        return f"{text}.{encode(hmac_over(text, key(project), algorithm))}"

    return Forgery(f"{algorithm} keyed with {name}", "signature" if algorithm == "HS256" else "algorithm", make)


def _public(algorithm: str, encoding: Encoding, shape: PublicFormat = INFO) -> Callable[[SigningProject], bytes]:
    def key(project: SigningProject) -> bytes:
        made: bytes = project.private_key(algorithm).public_key().public_bytes(encoding, shape)
        return made

    return key


def _twice(project: SigningProject) -> str:
    return project.signed(b'{"alg":"none","alg":"ES256","kid":"ec-1","typ":"JWT"}', project.claims())


FORGED_HEADERS: tuple[Forgery, ...] = (
    *(_header(name, *case) for name, case in HEADERS.items()),
    *(_carrying(name, header) for name, header in CARRIED.items()),
    *map(_unsigned, ("none", "None", "nOnE", "NONE")),
    *(_unsigned(algorithm, "AAAA") for algorithm in ("none", "None", "nOnE", "NONE")),
    _keyed("the EC key as PEM", _public("ES256", PEM)),
    _keyed("the EC key as PEM without its last line end", lambda p: _public("ES256", PEM)(p).strip()),
    _keyed("the EC key as DER", _public("ES256", DER)),
    _keyed("the EC key as a point", _public("ES256", Encoding.X962, PublicFormat.UncompressedPoint)),
    _keyed("the EC key as JWK", lambda p: json.dumps(p.public_jwk("ES256")).encode()),
    _keyed("the EC key as compact JWK", lambda p: json.dumps(p.public_jwk("ES256"), separators=(",", ":")).encode()),
    _keyed("the JWK set", lambda p: json.dumps(p.jwks).encode()),
    _keyed("the RSA key as PEM", _public("RS256", PEM), kid="rsa-1"),
    _keyed("the RSA key as PKCS1 PEM", _public("RS256", PEM, PublicFormat.PKCS1), kid="rsa-1"),
    _keyed("the RSA key as DER", _public("RS256", DER), kid="rsa-1"),
    _keyed("the Edwards key's bytes", _public("EdDSA", Encoding.Raw, PublicFormat.Raw), kid="ed-1"),
    _keyed("nothing", lambda _: b""),
    _keyed("nothing, kid /dev/null", lambda _: b"", kid="../../dev/null"),
    _keyed("the kid", lambda _: b"ec-1"),
    _keyed("the address", lambda p: p.url.encode()),
    _keyed("a well-known secret", lambda _: b"super-secret-jwt-token-with-at-least-32-characters-long"),
    _keyed("the secret", lambda p: p.secret.encode(), algorithm="HS384"),
    _keyed("the secret", lambda p: p.secret.encode(), algorithm="HS512"),
    Forgery("PS256 with the RSA key", "algorithm", lambda p: p.with_header("RS256", alg="PS256")),
    Forgery("RS512 with the RSA key", "algorithm", lambda p: p.with_header("RS256", alg="RS512")),
    Forgery("ES256 for the RSA key", "algorithm", lambda p: p.with_header("RS256", alg="ES256")),
    Forgery("ES256 for the EC key, signed by RSA", "signature", lambda p: p.signed(p.header(), p.claims(), "RS256")),
    Forgery("HS256 for an ES256 signature", "signature", lambda p: p.with_header(alg="HS256")),
    Forgery("alg twice", "malformed", _twice),
    Forgery("header a list", "malformed", lambda p: p.signed(["ES256"], p.claims())),
    Forgery("header no JSON", "malformed", lambda p: p.signed(b"alg: ES256", p.claims())),
    Forgery("header empty", "header", lambda p: p.signed({}, p.claims())),
)
