"""Bodies that are JSON only nearly, or JSON that no parser should fall over."""

from __future__ import annotations

from tests.support.attacks.attack import GOOD_BODY, Attack, attack, post

ID = b"00000000-0000-4000-8000-000000000000"


def field(value: bytes) -> bytes:
    """A request whose one field has this value."""
    return post(b'{"clothing_item_id": ' + value + b"}")


JSON_LIKE: tuple[Attack, ...] = (
    attack("30,000 arrays in each other", post(b"[" * 30_000 + b"]" * 30_000), 400, 422),
    attack("60,000 arrays that stay open", post(b"[" * 60_000), 400, 422),
    attack("10,000 objects in each other", post(b'{"a":' * 10_000 + b"1" + b"}" * 10_000), 400, 422),
    attack("deep inside the field", field(b"[" * 20_000 + b"]" * 20_000), 400, 422),
    attack("a key twice", post(b'{"clothing_item_id": "' + ID + b'", "clothing_item_id": "' + ID + b'"}'), 400, 422),
    attack("NaN", field(b"NaN"), 400, 422),
    attack("minus infinity", field(b"-Infinity"), 400, 422),
    attack("a number beyond all floats", field(b"1e999999"), 400, 422),
    attack("an integer of 60,000 digits", field(b"9" * 60_000), 400, 422),
    attack("NUL in a text", field(b'"\\u0000"'), 400, 422),
    attack("NUL as a byte of a text", field(b'"\x00"'), 400, 422),
    attack("half a surrogate pair", field(b'"\\ud800"'), 400, 422),
    attack("bytes that are not UTF-8", field(b'"\xff\xfe"'), 400, 422),
    attack("UTF-16", post(GOOD_BODY.decode().encode("utf-16")), 400, 422),
    attack("UTF-8 with a mark", post(b"\xef\xbb\xbf" + GOOD_BODY), 400, 422),
    attack("nothing", post(b""), 400, 422),
    attack("blanks", post(b" " * 1_000), 400, 422),
    attack("something behind the end", post(GOOD_BODY + b" x"), 400, 422),
    attack("two documents", post(GOOD_BODY + GOOD_BODY), 400, 422),
    attack("a comment", post(b"/* */" + GOOD_BODY), 400, 422),
    attack("single quotes", post(GOOD_BODY.replace(b'"', b"'")), 400, 422),
    attack("a text", post(b'"hello"'), 400, 422),
    attack("null", post(b"null"), 400, 422),
    attack("a list", post(b"[" + GOOD_BODY + b"]"), 400, 422),
    attack("a further field", post(GOOD_BODY[:-1] + b', "user_id": "' + ID + b'"}'), 400, 422),
    attack("5,000 further fields", post(b"{" + b",".join(b'"f%d":1' % n for n in range(5_000)) + b"}"), 400, 422),
    attack("the prototype", post(GOOD_BODY[:-1] + b', "__proto__": {"admin": true}}'), 400, 422),
    attack("SQL", field(b'"\' or 1=1 --"'), 422),
    attack("a filter of PostgREST", field(b'"neq.' + ID + b'"'), 422),
    attack("an id with a line break", field(b'"' + ID + b'\\n"'), 422),
    attack("an id in other digits", field(b'"\xef\xbc\x90' + ID[1:] + b'"'), 422),
)

TYPES: tuple[Attack, ...] = (
    attack("no content type", post(GOOD_BODY, content_type=b"X-A: a"), 415),
    attack("a form", post(b"clothing_item_id=1", content_type=b"Content-Type: application/x-www-form-urlencoded"), 415),
    attack("plain text", post(GOOD_BODY, content_type=b"Content-Type: text/plain"), 415),
    attack("XML", post(b"<!DOCTYPE a><a/>", content_type=b"Content-Type: application/xml"), 415),
    attack("parts", post(b"--a\r\n\r\n1\r\n--a--", content_type=b"Content-Type: multipart/form-data; boundary=a"), 415),
    attack(
        "another alphabet", post(GOOD_BODY, content_type=b"Content-Type: application/json; charset=utf-7"), 400, 415
    ),
    attack("a type that is none", post(GOOD_BODY, content_type=b"Content-Type: ;;;=\xff"), 400, 415),
    attack("a very long type", post(GOOD_BODY, content_type=b"Content-Type: " + b"a/" * 3_000), 400, 415),
)

ATTACKS = (*JSON_LIKE, *TYPES)
