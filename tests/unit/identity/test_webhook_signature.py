"""A webhook is taken from who knows the secret and from nobody else, whatever else is sent along."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.errors import ConfigurationError
from aura.identity.webhook_signature import Proof, WebhookRefused, WebhookSecret, sign, verify_webhook

NOW = 1_800_000_000.0
TOLERANCE = 300.0
TEXT = "a-secret-of-at-least-sixteen"
SECRET = WebhookSecret.parse(TEXT)
BODY = b'{"type":"INSERT","table":"clothing_items","schema":"public","record":{"id":"1"},"old_record":null}'
Headers = dict[str, tuple[str, ...]]


def signed(
    body: bytes = BODY, *, key: bytes = SECRET.key, message_id: str = "msg_1", at: float = NOW, **more: str
) -> Headers:
    """The headers of a message as an honest sender makes them; ``more`` replaces some (``_`` for ``-``)."""
    signature = sign(key, message_id, int(at), body)
    headers = {"webhook-id": message_id, "webhook-timestamp": str(int(at)), "webhook-signature": signature}
    return {name: (value,) for name, value in {**headers, **_named(more)}.items()}


def _named(values: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in values.items()}


def shown(**values: str) -> Headers:
    return {name: (value,) for name, value in _named(values).items()}


def verify(headers: Headers, body: bytes = BODY, *, now: float = NOW, secret: WebhookSecret = SECRET) -> Proof:
    return verify_webhook(headers, body, secret, now=now, tolerance=TOLERANCE)


@pytest.mark.parametrize(
    ("message_id", "at", "body", "signature"),
    [  # made with the package standardwebhooks 1.1.0
        ("msg_p5jXN8AQM9L", 1614265330, '{"test": 2432232314}', "FgV2diYINsHHn+xk1wCx4U41vudf/uh7J7D2hyCmrrs="),
        ("msg_27UH4WbU6Z5", 1649367553, '{"email":"ömür@example.com"}', "GPmEWuU3qgglhlE5T26zFVpXMk7HKTp1PcJBWJnRGxY="),
    ],
)
def test_signatures_are_those_of_standard_webhooks(message_id: str, at: int, body: str, signature: str) -> None:
    secret = WebhookSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert sign(secret.key, message_id, at, body.encode()) == f"v1,{signature}"
    headers = signed(body.encode(), key=secret.key, message_id=message_id, at=at)
    assert verify(headers, body.encode(), now=at, secret=secret) == Proof(message_id, at + TOLERANCE)


ACCEPTED: dict[str, Headers] = {
    "the secret in its own header": shown(x_webhook_secret=TEXT),
    "with the space that a dashboard left": shown(x_webhook_secret=f" {TEXT} "),
    "as a bearer": shown(authorization=f"Bearer {TEXT}"),
    "as a bearer, spelt otherwise": shown(authorization=f"bEARER {TEXT}"),
    "its own header beside somebody else's authorization": shown(x_webhook_secret=TEXT, authorization="Bearer other"),
    "signed": signed(),
    "signed, and the secret not shown": signed(authorization="Bearer something"),
    "signed at the edge of the past": signed(at=NOW - TOLERANCE),
    "signed at the edge of the future": signed(at=NOW + TOLERANCE),
    "signed twice while a key is rotated": signed(
        webhook_signature=f"v1,{'A' * 43}= {signed()['webhook-signature'][0]}"
    ),
    "signed in a newer version too": signed(webhook_signature=f"v1a,xyz {signed()['webhook-signature'][0]}"),
}


@pytest.mark.parametrize("headers", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_who_knows_the_secret_is_believed(headers: Headers) -> None:
    verify(headers)


def test_a_signed_message_says_until_when_a_copy_would_be_taken() -> None:
    assert verify(signed(at=NOW - 10)) == Proof("msg_1", NOW - 10 + TOLERANCE)
    assert verify(shown(x_webhook_secret=TEXT)).message_id is None


GOOD = signed()["webhook-signature"][0]
DIGEST = GOOD.removeprefix("v1,")
OTHER_KEY = b"another-secret-of-some-length"


def md5_signature() -> str:
    digest = hmac.digest(SECRET.key, b"msg_1.1800000000." + BODY, hashlib.sha1)
    return f"v1,{base64.b64encode(digest).decode()}"


def without_timestamp() -> str:
    return f"v1,{base64.b64encode(hmac.digest(SECRET.key, BODY, 'sha256')).decode()}"


ATTACKS: dict[str, tuple[Headers, bytes]] = {
    "nothing at all": ({}, BODY),
    "an empty secret": (shown(x_webhook_secret=""), BODY),
    "a wrong secret": (shown(x_webhook_secret="a-secret-of-at-least-sixteem"), BODY),
    "the beginning of the secret": (shown(x_webhook_secret=TEXT[:-1]), BODY),
    "more than the secret": (shown(x_webhook_secret=TEXT + "x"), BODY),
    "the secret in capitals": (shown(x_webhook_secret=TEXT.upper()), BODY),
    "the secret with a zero byte": (shown(x_webhook_secret=TEXT + "\0"), BODY),
    "a secret in unicode look-alikes": (shown(x_webhook_secret=TEXT.replace("a", "а")), BODY),  # noqa: RUF001
    "a secret that is no text": (shown(x_webhook_secret="\udcff\udcfe" * 8), BODY),
    "a wrong secret beside a right bearer": (shown(x_webhook_secret="x", authorization=f"Bearer {TEXT}"), BODY),
    "the secret twice": ({"x-webhook-secret": (TEXT, TEXT)}, BODY),
    "a secret of a megabyte": (shown(x_webhook_secret=TEXT * 40_000), BODY),
    "basic authorization": (shown(authorization=f"Basic {TEXT}"), BODY),
    "a bearer of nothing": (shown(authorization="Bearer "), BODY),
    "a bearer without a word": (shown(authorization=TEXT), BODY),
    "a signature of nothing": (signed(webhook_signature=""), BODY),
    "a signature without its version": (signed(webhook_signature=DIGEST), BODY),
    "a signature in an unknown version": (signed(webhook_signature=f"v2,{DIGEST}"), BODY),
    "a signature by another key": (signed(key=OTHER_KEY), BODY),
    "a signature by the empty key": (signed(key=b""), BODY),
    "a signature that is too short": (signed(webhook_signature=GOOD[:-5]), BODY),
    "a signature with more behind it": (signed(webhook_signature=GOOD + "AAAA"), BODY),
    "a signature in hexadecimal": (signed(webhook_signature=f"v1,{base64.b64decode(DIGEST).hex()}"), BODY),
    "a signature in unicode": (signed(webhook_signature="v1,\uff41\uff42\uff43"), BODY),
    "a signature by a weaker digest": (signed(webhook_signature=md5_signature()), BODY),
    "a signature of the body alone": (signed(webhook_signature=without_timestamp()), BODY),
    "a signature in the wrong case": (signed(webhook_signature=f"v1,{DIGEST.swapcase()}"), BODY),
    "eleven signatures": (signed(webhook_signature=" ".join([GOOD] * 11)), BODY),
    "signatures between commas": (signed(webhook_signature=f"v1,x,{GOOD}"), BODY),
    "a signature between line ends": (signed(webhook_signature=f"x\n{GOOD}"), BODY),
    "two headers of signatures": ({**signed(), "webhook-signature": (GOOD, GOOD)}, BODY),
    "a body changed by a byte": (signed(), BODY.replace(b"INSERT", b"INSERt")),
    "a body with a space behind it": (signed(), BODY + b" "),
    "a body cut short": (signed(), BODY[:-1]),
    "no body": (signed(), b""),
    "an old message": (signed(at=NOW - TOLERANCE - 1), BODY),
    "a very old message": (signed(at=0), BODY),
    "a message of the future": (signed(at=NOW + TOLERANCE + 1), BODY),
    "an old message with a fresh time": (signed(at=NOW - 4000) | shown(webhook_timestamp=str(int(NOW))), BODY),
    "another message's id": (signed(webhook_id="msg_2"), BODY),
    "no id": (shown(webhook_timestamp=str(int(NOW)), webhook_signature=GOOD), BODY),
    "no time": (shown(webhook_id="msg_1", webhook_signature=GOOD), BODY),
    "no signature": (shown(webhook_id="msg_1", webhook_timestamp=str(int(NOW))), BODY),
    "an empty id": (signed(message_id=""), BODY),
    "an id with a dot": (signed(message_id="msg.1"), BODY),
    "an id with a line end": (signed(message_id="msg_1\n"), BODY),
    "an id of a kilobyte": (signed(message_id="m" * 1000), BODY),
    "an id in unicode": (signed(message_id="mësg"), BODY),
    "the time with a fraction": (signed(webhook_timestamp=f"{NOW}"), BODY),
    "the time below zero": (signed(webhook_timestamp="-1800000000"), BODY),
    "the time with a sign": (signed(webhook_timestamp="+1800000000"), BODY),
    "the time in other digits": (signed(webhook_timestamp="١٨٠٠٠٠٠٠٠٠"), BODY),
    "the time with a space": (signed(webhook_timestamp=" 1800000000"), BODY),
    "the time as an exponent": (signed(webhook_timestamp="18e8"), BODY),
    "the time in milliseconds": (signed(webhook_timestamp="1800000000000"), BODY),
    "a time without end": (signed(webhook_timestamp="9" * 5000), BODY),
    "no number as the time": (signed(webhook_timestamp="nan"), BODY),
    "two times": ({**signed(), "webhook-timestamp": ("1800000000", "1800000000")}, BODY),
    "a broken signature beside the right secret": (
        signed(key=OTHER_KEY) | shown(x_webhook_secret=TEXT, authorization=f"Bearer {TEXT}"),
        BODY,
    ),
}


@pytest.mark.parametrize(("headers", "body"), ATTACKS.values(), ids=ATTACKS.keys())
def test_who_does_not_is_refused(headers: Headers, body: bytes) -> None:
    with pytest.raises(WebhookRefused) as refusal:
        verify(headers, body)
    assert TEXT not in str(refusal.value)
    assert DIGEST not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "short", "                    ", "whsec_", "whsec_AAAA", "whsec_ not base64 at all", "v1,whsec_QUFB"],
)
def test_a_secret_that_protects_nothing_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="AURA__WEBHOOK__SECRET"):
        WebhookSecret.parse(text)


def test_a_secret_does_not_show_itself() -> None:
    assert TEXT not in repr(SECRET)


@given(st.binary(max_size=200), st.integers(0, 10**9), st.from_regex(r"\A[A-Za-z0-9_-]{1,128}\Z"))
def test_what_is_signed_is_accepted(body: bytes, at: int, message_id: str) -> None:
    assert verify(signed(body, at=at, message_id=message_id), body, now=at).message_id == message_id


@given(st.data())
def test_one_bit_is_enough_to_be_refused(data: st.DataObject) -> None:
    body = data.draw(st.binary(min_size=1, max_size=60))
    at, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7))
    changed = bytes(each ^ (1 << bit) if place == at else each for place, each in enumerate(body))
    with pytest.raises(WebhookRefused):
        verify(signed(body), changed)


@given(st.text(max_size=60), st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]))
def test_no_other_header_makes_it_right(text: str, name: str) -> None:
    honest = signed()
    if text == honest[name][0]:
        return
    with pytest.raises(WebhookRefused):
        verify({**honest, name: (text,)})


@given(st.dictionaries(st.sampled_from(["authorization", "x-webhook-secret"]), st.text(max_size=60)))
def test_nothing_guessed_is_the_secret(guesses: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused):
        verify({name: (value,) for name, value in guesses.items()})


@given(st.floats(min_value=0, max_value=4e9, allow_nan=False))
def test_only_the_tolerance_decides_on_age(now: float) -> None:
    accepted: Callable[[], object] = lambda: verify(signed(), now=now)  # noqa: E731
    if abs(now - NOW) <= TOLERANCE:
        accepted()
    else:
        with pytest.raises(WebhookRefused, match=r"too old|too far"):
            accepted()
