"""A person's ``image_url`` cannot make the server reach what only the server can reach.

Each table is asked through the API, as a person would. A canary listens wherever the addresses lead: it must never
be visited. So that not the list of hosts alone is tested, most of its addresses are on the list here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote

import pytest

from aura.photos import addresses, target
from sandbox import Sandbox
from tests.support.api import ApiHouse, Visitor, api_house
from tests.support.attacker import OUTSIDE, Names, attackers_server
from tests.support.canary import Canary, canary
from tests.support.wardrobes import PRIVATE

ANALYZE = "/api/v1/ai/analyze-clothing-item"
REFUSED = (422, "photo_host_not_allowed")
MISSING = (422, "photo_missing")
UNREADABLE = (422, "photo_unsupported_type")
Answers = Mapping[str, tuple[int, str]]


NAMES = {
    "internal.test": [["127.0.0.1"]],
    "internal6.test": [["::1"]],
    "mapped.test": [["::ffff:127.0.0.1"]],
    "nat64.test": [["64:ff9b::7f00:1"]],
    "sixtofour.test": [["2002:7f00:1::"]],
    "metadata.google.internal": [["169.254.169.254"]],
    "mixed.test": [[OUTSIDE, "127.0.0.1"]],
    "rebind.test": [["127.0.0.1"], [OUTSIDE]],
    "rebinds.test": [[OUTSIDE], ["127.0.0.1"]],
    "go.test": [[OUTSIDE]],
}
# On the list of allowed hosts, with the canary's port.
LISTED = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0.0.0.0", "0", "localhost"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[2002:7f00:1::]", "[fe80::1]", "169.254.169.254", "10.0.0.1", "192.168.0.1", "100.64.0.1", "[fd00:ec2::254]"),
    *(name for name in NAMES if name not in ("go.test", "rebinds.test")),
)


@pytest.fixture
async def bird() -> AsyncIterator[Canary]:
    async with canary() as bird:
        yield bird
        assert bird.visits == []


@pytest.fixture
async def outside(bird: Canary) -> AsyncIterator[int]:
    """The port of the attacker's own server."""
    async with attackers_server() as port:
        yield port


@pytest.fixture
async def house(
    sandbox: Sandbox, bird: Canary, outside: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ApiHouse]:
    """An API whose list of hosts is as careless as can be, whose names an attacker answers for."""
    really = addresses.is_public_address
    for module in (addresses, target):
        monkeypatch.setattr(module, "is_public_address", lambda text: text == OUTSIDE or really(text))
    names = Names(NAMES)
    monkeypatch.setattr("aiohttp.ThreadedResolver", lambda: names)
    hosts = [f"http://{host}:{bird.port}" for host in LISTED]
    hosts += [f"http://{name}:{outside}" for name in ("go.test", "rebinds.test", "mixed.test", "rebind.test")]
    async with api_house(sandbox, sign=False, photos={"allowed_hosts": hosts, "timeout_seconds": 5}) as opened:
        yield opened


async def ask(who: Visitor, urls: Mapping[str, str]) -> Answers:
    """What the API says to each address, asked one after the other."""
    answers = {}
    for name, url in urls.items():
        item_id = await who.wearer.add(url)
        answer = await who.post(ANALYZE, {"clothing_item_id": item_id})
        answers[name] = (answer.status_code, str(answer.json().get("code")))
    return answers


def all_of(urls: Mapping[str, str], answer: tuple[int, str]) -> Answers:
    return dict.fromkeys(urls, answer)


async def test_private_addresses_though_they_are_listed(house: ApiHouse, bird: Canary) -> None:
    urls = {host: f"http://{host}:{bird.port}/photo.jpg" for host in LISTED}
    assert await ask(house.ada, urls) == all_of(urls, REFUSED)


async def test_spellings_of_private_addresses(house: ApiHouse, bird: Canary) -> None:
    port = bird.port
    hosts = (
        *("127.0.0.1.", "localhost.", "LOCALHOST", "127.000.000.001", "0177.0.0.1", "0x7f.0x0.0x0.0x1", "127.0.1"),
        *("\uff11\uff12\uff17.\uff10.\uff10.\uff11", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1"),
        *(
            "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
            "loc\u00adalhost",
            "[0:0:0:0:0:0:0:1]",
            "[::1%251]",
        ),
        *("[0000::1]", "[::ffff:2130706433]", "%31%32%37.0.0.1", "127.0.0.1%2f", "4294967297", "127.0.0.1%00.test"),
    )
    urls = {host: f"http://{host}:{port}/photo.jpg" for host in hosts}
    assert await ask(house.ada, urls) == all_of(urls, REFUSED)


async def test_schemes_users_and_ports(house: ApiHouse, bird: Canary, outside: int) -> None:
    port, own = bird.port, house.sandbox.url
    host = own.removeprefix("http://")
    urls = {
        "file": "file:///etc/passwd",
        "file with a host": "file://127.0.0.1/etc/passwd",
        "gopher": f"gopher://127.0.0.1:{port}/_GET%20/",
        "data": "data:image/png;base64,iVBORw0KGgo=",
        "ftp": f"ftp://127.0.0.1:{port}/a.jpg",
        "dict": f"dict://127.0.0.1:{port}/d:a",
        "javascript": "javascript:alert(1)",
        "jar": f"jar:http://127.0.0.1:{port}/a.jar!/a.jpg",
        "ldap": f"ldap://127.0.0.1:{port}/a",
        "no scheme": f"//127.0.0.1:{port}/a.jpg",
        "no host": "http:///a.jpg",
        "words": "a photo of mine",
        "blanks": f" http://127.0.0.1:{port}/a.jpg",
        "a user": f"http://me@go.test:{outside}/a.jpg",
        "a user and a password": f"http://me:pw@go.test:{outside}/a.jpg",
        "own host as the user": f"http://{host}@127.0.0.1:{port}/storage/v1/object/public/photos/a.jpg",
        "own origin before an at": f"{own}@127.0.0.1:{port}/a.jpg",
        "own host with a backslash": f"http://{host}\\@127.0.0.1:{port}/a.jpg",
        "a backslash first": f"http://127.0.0.1:{port}\\@{host}/storage/v1/object/public/photos/a.jpg",
        "own host in the fragment": f"http://127.0.0.1:{port}#@{host}/storage/v1/object/public/photos/a.jpg",
        "own host in the query": f"http://127.0.0.1:{port}?@{host}/storage/v1/object/public/photos/a.jpg",
        "own host as a prefix": f"{own}.attacker.test/storage/v1/object/public/photos/a.jpg",
        "own host, another port": f"http://127.0.0.1:{port}/storage/v1/object/public/photos/a.jpg",
        "own host, no port": "http://127.0.0.1/storage/v1/object/public/photos/a.jpg",
        "own host, https": f"https://{host}/storage/v1/object/public/photos/a.jpg",
        "port 0": "http://go.test:0/a.jpg",
        "port 22": "http://go.test:22/a.jpg",
        "port 65536": "http://go.test:65536/a.jpg",
        "a negative port": "http://go.test:-1/a.jpg",
        "a port in words": "http://go.test:http/a.jpg",
        "a line end in the host": f"http://go.test%0d%0aHost:127.0.0.1:{outside}/a.jpg",
        "another host": "https://attacker.test/a.jpg",
    }
    assert await ask(house.ada, urls) == all_of(urls, REFUSED)


async def test_redirects(house: ApiHouse, bird: Canary, outside: int) -> None:
    inside, go = f"127.0.0.1:{bird.port}", f"http://go.test:{outside}/go"
    targets = {
        "private": f"http://{inside}/a.jpg",
        "without a scheme": f"//{inside}/a.jpg",
        "a listed name that is private": f"http://internal.test:{bird.port}/a.jpg",
        "decimal": f"http://2130706433:{bird.port}/a.jpg",
        "mapped": f"http://[::ffff:127.0.0.1]:{bird.port}/a.jpg",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "the project's database": f"{house.sandbox.url}/rest/v1/users?select=*",
        "the project's storage": f"{house.sandbox.url}/storage/v1/object/public/photos/a.jpg",
        "file": "file:///etc/passwd",
        "gopher": f"gopher://{inside}/_x",
        "data": "data:image/png;base64,iVBORw0KGgo=",
        "a user": f"http://me@go.test:{outside}/a.jpg",
        "another port": f"http://go.test:{bird.port}/a.jpg",
    }
    urls = {name: f"{go}?to={quote(to, safe='')}" for name, to in targets.items()}
    urls |= {f"status {code}": f"{go}?status={code}&to=http://{inside}/" for code in (301, 302, 303, 307, 308)}
    urls["in two steps"] = f"{go}?to={quote(f'/go?to=http://{inside}/', safe='')}"
    assert await ask(house.ada, urls) == all_of(urls, REFUSED)


async def test_names_that_change_their_mind(house: ApiHouse, outside: int) -> None:
    """The first answer is a public address, every later one the canary's; connections last for one answer."""
    step = quote(f"http://rebinds.test:{outside}/a.jpg", safe="")
    urls = {
        "after a redirect": f"http://rebinds.test:{outside}/go?to={step}",
        "on the next request": f"http://rebinds.test:{outside}/b.jpg",
        "once more": f"http://rebinds.test:{outside}/c.jpg",
    }
    answers = await ask(house.ada, urls)
    assert answers["after a redirect"] == UNREADABLE, "the attacker's page was not even fetched"
    assert set(answers.values()) <= {UNREADABLE, REFUSED}
    urls = {name: f"http://{name}:{outside}/a.jpg" for name in ("mixed.test", "rebind.test")}
    assert await ask(house.ada, urls) == all_of(urls, REFUSED)


async def test_the_projects_other_routes(house: ApiHouse) -> None:
    own, storage = house.sandbox.url, f"{house.sandbox.url}/storage/v1"
    urls = {
        "rows": f"{own}/rest/v1/users?select=email",
        "a function": f"{own}/rest/v1/rpc/aura_schema_version",
        "accounts": f"{own}/auth/v1/admin/users",
        "climbing": f"{storage}/../../rest/v1/users",
        "climbing, encoded": f"{storage}/object/public/%2e%2e/%2e%2e/%2e%2e/%2e%2e/rest/v1/users",
        "climbing, encoded twice": f"{storage}/object/public/..%2f..%2f..%2f..%2frest/v1/users",
        "climbing with backslashes": f"{storage}/object/public/..\\..\\..\\..\\rest\\v1\\users",
        "a doubled slash": f"{own}//rest/v1/users",
        "its root": own,
    }
    assert await ask(house.ada, urls) == all_of(urls, REFUSED)


async def test_other_peoples_photos(house: ApiHouse) -> None:
    """Deniz's private photo, by every kind of link there is; her own signature opens nothing for Ada."""
    deniz, storage = house.deniz.wearer, f"{house.sandbox.url}/storage/v1"
    signed = await deniz.photo(bucket=PRIVATE)
    path = signed.partition("/object/sign/")[2].partition("?")[0]
    token = signed.partition("?token=")[2]
    urls = {
        "signed": signed,
        "authenticated": f"{storage}/object/authenticated/{path}",
        "public": f"{storage}/object/public/{path}",
        "resized": f"{storage}/render/image/sign/{path}?token={token}&width=100",
        "resized, authenticated": f"{storage}/render/image/authenticated/{path}",
        "signed for another": f"{storage}/object/sign/{PRIVATE}/{house.ada.id}/a.jpg?token={token}",
    }
    assert await ask(house.ada, urls) == all_of(urls, MISSING)
    own = await house.deniz.post(ANALYZE, {"clothing_item_id": await deniz.add(signed)})
    assert own.status_code == 200


async def test_the_canary_sings_where_it_may_be_reached(sandbox: Sandbox) -> None:
    """What the tables above would see if a single check were missing."""
    async with canary() as bird:
        photos = {"allowed_hosts": [f"http://127.0.0.1:{bird.port}"], "allow_private_hosts": True}
        async with api_house(sandbox, sign=False, photos=photos) as house:
            urls = {"private": f"http://127.0.0.1:{bird.port}/a.jpg"}
            assert await ask(house.ada, urls) == all_of(urls, UNREADABLE)
        assert len(bird.visits) == 1
