"""Storage's wall: policies decide, paths cannot climb, sizes are bounded, signed URLs end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from sandbox import Sandbox
from tests.support.accounts import People, Person

PHOTO = b"\xff\xd8\xff\xe0 bytes"
LIMIT = 50 * 1024 * 1024


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sandbox.url}/storage/v1", timeout=60) as client:
        yield client


@pytest.fixture
async def person(people: People) -> Person:
    return await people.sign_up()


async def bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {await person.token()}"}


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    body: dict[str, Any] = answer.json()
    return answer.status_code, body["statusCode"], body["message"]


async def test_a_missing_photo_is_a_400_that_says_404(http: httpx.AsyncClient, person: Person) -> None:
    answer = await http.get(f"/object/authenticated/photos/{person.id}/none.jpg", headers=await bearer(person))
    assert refusal(answer) == (400, "404", "Object not found")


async def test_private_objects_need_their_owner(http: httpx.AsyncClient, people: People, person: Person) -> None:
    path = await person.upload(PHOTO, bucket="private-photos")
    stranger = await people.sign_up("stranger")
    allowed = await http.get(f"/object/authenticated/private-photos/{path}", headers=await bearer(person))
    assert allowed.content == PHOTO
    assert allowed.headers["Content-Type"] == "image/jpeg"
    denied = await http.get(f"/object/authenticated/private-photos/{path}", headers=await bearer(stranger))
    assert refusal(denied) == (400, "404", "Object not found")
    assert refusal(await http.get(f"/object/public/private-photos/{path}")) == (400, "404", "Bucket not found")
    assert (await http.get(f"/object/private-photos/{path}")).json()["message"].endswith("'authorization'")


async def test_nobody_signs_what_they_may_not_see(http: httpx.AsyncClient, people: People, person: Person) -> None:
    path = await person.upload(PHOTO, bucket="private-photos")
    stranger = await people.sign_up("stranger")
    answer = await http.post(
        f"/object/sign/private-photos/{path}", json={"expiresIn": 60}, headers=await bearer(stranger)
    )
    assert refusal(answer) == (400, "404", "Object not found")


async def test_a_signed_url_opens_only_its_object_and_ends(
    sandbox: Sandbox, http: httpx.AsyncClient, person: Person
) -> None:
    path, other = [await person.upload(PHOTO, bucket="private-photos") for _ in range(2)]
    signing = await http.post(
        f"/object/sign/private-photos/{path}", json={"expiresIn": "60"}, headers=await bearer(person)
    )
    url = signing.json()["signedURL"]
    assert (await http.get(url.removeprefix("/"))).content == PHOTO
    assert (await http.get(url.replace(path, other))).json()["error"] == "InvalidSignature"
    claims = {"url": f"private-photos/{path}", "iat": 1, "exp": 2}
    expired = jwt.encode(claims, sandbox.jwt_secret, algorithm="HS256")
    assert (await http.get(f"/object/sign/private-photos/{path}?token={expired}")).json()["error"] == "InvalidJWT"


@pytest.mark.parametrize(
    "climb", ["../../../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fetc%2fpasswd", "a//b", "a\\b"]
)
async def test_paths_do_not_climb(sandbox: Sandbox, person: Person, climb: str) -> None:
    """Sent as they are: an HTTP client would tidy them up."""
    token = await person.token()
    target = f"{sandbox.url}/storage/v1/object/photos/{person.id}/{climb}"
    async with httpx.AsyncClient() as client:
        request = client.build_request("POST", sandbox.url, content=PHOTO, headers={"Authorization": f"Bearer {token}"})
        request.url = httpx.URL(sandbox.url).copy_with(raw_path=target.removeprefix(sandbox.url).encode())
        answer = await client.send(request)
    assert answer.status_code in {400, 404}
    assert "InvalidKey" in answer.text or "Not Found" in answer.text  # no such route, once the dots are resolved
    assert await person.client.storage.from_("photos").list(person.id) == []


async def test_too_large_files_are_refused(http: httpx.AsyncClient, person: Person) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LIMIT // 1_000_000 + 2):
            yield b"\0" * 1_000_000

    path = f"/object/photos/{person.id}/large.jpg"
    answer = await http.post(path, content=endless(), headers=await bearer(person))
    assert refusal(answer) == (400, "413", "The object exceeded the maximum allowed size")
    assert (await http.get(f"/object/public/photos/{person.id}/large.jpg")).status_code == 400


async def test_buckets_limit_size_and_type(http: httpx.AsyncClient, service_client: Any) -> None:
    name = f"bucket-{uuid4()}"
    options = {"public": True, "file_size_limit": 10, "allowed_mime_types": ["image/*"]}
    await service_client.storage.create_bucket(name, options=options)
    key = {"Authorization": service_client.options.headers["Authorization"], "Content-Type": "image/png"}
    assert (await http.post(f"/object/{name}/a.png", content=b"x" * 10, headers=key)).status_code == 200
    assert refusal(await http.post(f"/object/{name}/b.png", content=b"x" * 11, headers=key))[1] == "413"
    text = {**key, "Content-Type": "text/plain"}
    assert refusal(await http.post(f"/object/{name}/c.txt", content=b"x", headers=text))[1] == "415"
    with pytest.raises(Exception, match="not empty"):
        await service_client.storage.delete_bucket(name)
    await service_client.storage.empty_bucket(name)
    await service_client.storage.delete_bucket(name)


async def test_people_cannot_make_buckets(person: Person) -> None:
    with pytest.raises(Exception, match="row-level security"):
        await person.client.storage.create_bucket(f"bucket-{uuid4()}")
    assert await person.client.storage.list_buckets() == []


async def test_overwriting_needs_to_be_asked_for(http: httpx.AsyncClient, person: Person) -> None:
    path = await person.upload(b"one")
    headers = {**await bearer(person), "Content-Type": "image/jpeg"}
    again = await http.post(f"/object/photos/{path}", content=b"two", headers=headers)
    assert refusal(again) == (400, "409", "The resource already exists")
    await http.post(f"/object/photos/{path}", content=b"two", headers={**headers, "x-upsert": "true"})
    first = await http.get(f"/object/public/photos/{path}")
    assert first.content == b"two"
    await http.put(f"/object/photos/{path}", content=b"three", headers=headers)
    second = await http.get(f"/object/public/photos/{path}")
    assert second.content == b"three"
    assert second.headers["ETag"] != first.headers["ETag"]
    unchanged = await http.get(f"/object/public/photos/{path}", headers={"If-None-Match": second.headers["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_moves_and_copies_stay_in_ones_folder(people: People, person: Person) -> None:
    path = await person.upload(PHOTO)
    store = person.client.storage.from_("photos")
    await store.copy(path, f"{person.id}/copy.jpg")
    await store.move(path, f"{person.id}/moved.jpg")
    assert sorted(entry["name"] for entry in await store.list(person.id)) == ["copy.jpg", "moved.jpg"]
    stranger = await people.sign_up("stranger")
    with pytest.raises(Exception, match="row-level security"):
        await store.move(f"{person.id}/moved.jpg", f"{stranger.id}/planted.jpg")
    with pytest.raises(Exception, match="Object not found"):
        await stranger.client.storage.from_("photos").copy(f"{person.id}/moved.jpg", f"{stranger.id}/stolen.jpg")


async def test_folders_are_listed_once(person: Person) -> None:
    for name in ("b.jpg", "2026/x.jpg", "2026/y.jpg", "a.jpg"):
        await person.upload(PHOTO, name=name)
    store = person.client.storage.from_("photos")
    listed = await store.list(person.id, {"sortBy": {"column": "name", "order": "asc"}})
    assert [(entry["name"], entry["id"] is None) for entry in listed] == [
        ("2026", True),
        ("a.jpg", False),
        ("b.jpg", False),
    ]
    page = await store.list(person.id, {"limit": 1, "offset": 1})
    assert [entry["name"] for entry in page] == ["a.jpg"]
    assert listed[1]["metadata"]["size"] == len(PHOTO)


async def test_bad_tokens_are_refused(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    expired = jwt.encode({"role": "authenticated", "exp": 1}, sandbox.jwt_secret, algorithm="HS256")
    unknown = jwt.encode({"role": "postgres"}, sandbox.jwt_secret, algorithm="HS256")
    for token, message in (
        (expired, '"exp" claim timestamp check failed'),
        ("x.y.z", "Invalid Compact JWS"),
        (unknown, 'role "postgres" does not exist'),
    ):
        answer = await http.get("/object/authenticated/photos/a/b.jpg", headers={"Authorization": f"Bearer {token}"})
        assert refusal(answer) == (400, "403", message)
