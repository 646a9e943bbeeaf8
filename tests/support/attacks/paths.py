"""Addresses that mean something else to somebody: traversal, encodings, other people's hosts."""

from __future__ import annotations

from tests.support.attacks.attack import CANARY, HOST, STATUS, Attack, attack, get, lines

CLOSE = b"Connection: close"

PATHS: tuple[Attack, ...] = (
    attack("up from the root", get(b"/../../../../etc/passwd"), 404),
    attack("up inside the path", get(b"/api/v1/../../../etc/passwd"), 404),
    attack("up into another route", get(b"/api/v1/recommendations/../ai/analyses/x"), 401, 404, 422),
    attack("up, encoded", get(b"/%2e%2e/%2e%2e/etc/passwd"), 404),
    attack("up, encoded twice", get(b"/%252e%252e/%252e%252e/etc/passwd"), 404),
    attack("up, with encoded slashes", get(b"/..%2f..%2fetc%2fpasswd"), 404),
    attack("up, with backslashes", get(b"/..\\..\\windows\\win.ini"), 400, 404),
    attack("up, in overlong UTF-8", get(b"/%c0%ae%c0%ae/etc/passwd"), 404),
    attack("up from the documentation's files", get(b"/docs/../../pyproject.toml"), 404),
    attack("up from the documentation's files, encoded", get(b"/docs/%2e%2e%2f%2e%2e%2fpyproject.toml"), 404),
    attack("two slashes", get(b"//api//v1//recommendations"), 404),
    attack("two slashes and a host", get(b"//evil.example.com/api/v1/recommendations/"), 404),
    attack("a slash at the end of an id", get(STATUS + b"/"), 404),
    attack("an encoded slash in an id", get(b"/api/v1/ai/analyses/a%2fb"), 401, 404, 422),
    attack("NUL in an id", get(b"/api/v1/ai/analyses/%00"), 401, 404, 422),
    attack("NUL in a path", get(b"/api%00/v1/"), 404),
    attack("NUL as a byte", get(b"/api\x00/v1/"), 400),
    attack("a bare percent", get(b"/%"), 400, 404),
    attack("half an escape", get(b"/%4"), 400, 404),
    attack("an escape of no digits", get(b"/%zz"), 400, 404),
    attack("an escape of bytes that are no UTF-8", get(b"/%ff%fe"), 404),
    attack("letters beyond ASCII, raw", get("/gözlük/👗".encode()), 400, 404),
    attack("letters beyond ASCII, encoded", get(b"/g%C3%B6zl%C3%BCk"), 404),
    attack("letters that look like others", get(b"/\xef\xbd\x81pi/v1/recommendations/"), 400, 404),
    attack("writing from right to left", get(b"/%E2%80%AEsnoitadnemmocer"), 404),
    attack("other letter case", get(b"/API/V1/RECOMMENDATIONS/"), 404),
    attack("parameters inside the path", get(b"/api/v1/recommendations/;admin=1"), 404),
    attack("a fragment", get(STATUS + b"#" + CANARY), 400, 401, 404),
    attack("a blank in the address", get(b"/api/v1/ recommendations"), 400),
    attack("a tab in the address", get(b"/api/v1/\trecommendations"), 400),
    attack("2,000 segments", get(b"/a" * 2_000), 404),
    attack("2,000 slashes", get(b"/" * 2_000), 404),
    attack("no slash", get(b"api/v1"), 400, 404),
    attack("an empty address", lines(b"GET  HTTP/1.1", HOST, CLOSE), 400),
    attack("a query alone", get(b"?x=1"), 400, 404),
)

OTHERS: tuple[Attack, ...] = (
    attack("an absolute address of ours", get(b"http://api.example.com" + STATUS), 401, 404),
    attack("an absolute address of others", get(b"http://169.254.169.254/latest/meta-data/"), 404),
    attack("an absolute address with a password", get(b"http://a:b@api.example.com" + STATUS), 400, 401, 404),
    attack("an absolute address of another scheme", get(b"file:///etc/passwd"), 400, 404),
    attack("an absolute address with a port that is none", get(b"http://a:99999/"), 400, 404),
    attack("an absolute address that is none", get(b"http://[::1/"), 400, 404),
    attack("an address of a script", get(b"javascript:alert(1)"), 400, 404),
    attack("a tunnel", lines(b"CONNECT evil.example.com:443 HTTP/1.1", HOST, CLOSE), 400, 404, 405),
    attack("a tunnel to nowhere", lines(b"CONNECT / HTTP/1.1", HOST, CLOSE), 400, 404, 405),
    attack("everything", lines(b"OPTIONS * HTTP/1.1", HOST, CLOSE), 204, 400, 404, 405),
    attack("everything, wrongly", get(b"*"), 400, 404),
    attack("a host that is none", lines(b"GET " + STATUS + b" HTTP/1.1", b"Host: a b/../c?<>", CLOSE), 400, 401),
    attack("an empty host", lines(b"GET " + STATUS + b" HTTP/1.1", b"Host:", CLOSE), 400, 401),
    attack("a very long host", lines(b"GET " + STATUS + b" HTTP/1.1", b"Host: " + b"a." * 3_000, CLOSE), 400, 401),
    attack("a forwarded host", get(STATUS, b"X-Forwarded-Host: evil.example.com", b"Forwarded: host=evil"), 401),
    attack("another path in a header", get(STATUS, b"X-Original-URL: /admin", b"X-Rewrite-URL: /admin"), 401),
    attack("another method in a header", get(STATUS, b"X-HTTP-Method-Override: DELETE"), 401),
)

ATTACKS = (*PATHS, *OTHERS)
