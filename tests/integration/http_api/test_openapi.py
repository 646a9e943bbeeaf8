"""The document and its pages over the wire: valid, kept by browsers, packed for who can unpack, off when told."""

from __future__ import annotations

import gzip

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from http_api.openapi import openapi_document
from http_api.routes import all_operations
from sandbox import Sandbox
from tests.support.api import ApiHouse, api_settings, running_api

PAGES = ("/docs", "/redoc", "/docs/assets/swagger-ui-bundle.js", "/docs/assets/redoc.standalone.js")


async def test_the_served_document_is_the_codes_own_and_valid(api: ApiHouse) -> None:
    answer = await api.client.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == openapi_document(all_operations())
    OpenAPIV31SpecValidator(answer.json()).validate()


async def test_every_documented_path_is_served(modern_api: ApiHouse) -> None:
    for operation in all_operations():
        for path in (operation.path, *operation.aliases):
            asked = await modern_api.client.options(path.replace("{clothing_item_id}", "x"))
            assert asked.status_code == 204
            assert operation.method in asked.headers["Allow"]


async def test_nobody_needs_a_token_to_read_the_documentation(modern_api: ApiHouse) -> None:
    for path in ("/openapi.json", *PAGES):
        answer = await modern_api.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_browser_that_has_a_file_is_not_sent_it_again(modern_api: ApiHouse) -> None:
    for path in ("/openapi.json", *PAGES):
        tag = (await modern_api.client.get(path)).headers["ETag"]
        again = await modern_api.client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
        other = await modern_api.client.get(path, headers={"If-None-Match": '"other"'})
        assert other.status_code == 200


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("identity", False), ("gzip;q=0", False), ("gzip; q=0.0, br", False)],
)
async def test_files_are_packed_for_those_who_take_them_so(modern_api: ApiHouse, accepts: str, packed: bool) -> None:
    headers = {"Accept-Encoding": accepts}
    async with modern_api.client.stream("GET", "/docs/assets/swagger-ui.css", headers=headers) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert ("Content-Encoding" in answer.headers) == packed
    assert answer.headers["Vary"] == "Accept-Encoding"
    content = gzip.decompress(raw) if packed else raw
    assert b".swagger-ui" in content


async def test_pages_allow_no_script_but_files_of_this_server(modern_api: ApiHouse) -> None:
    for path in ("/docs", "/redoc"):
        answer = await modern_api.client.get(path)
        rules = dict(rule.strip().split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split(";"))
        assert (rules["default-src"], rules["script-src"], rules["connect-src"]) == ("'none'", "'self'", "'self'")
        assert rules["frame-ancestors"] == "'none'"
        assert "<script>" not in answer.text
        assert "http://" not in answer.text
        assert "https://" not in answer.text


async def test_pages_can_be_turned_off_while_the_document_stays(sandbox: Sandbox) -> None:
    async with running_api(api_settings(sandbox, api={"docs": False})) as api:
        statuses = [(await api.client.get(path)).status_code for path in ("/openapi.json", *PAGES)]
    assert statuses == [200] + [httpx.codes.NOT_FOUND] * len(PAGES)
