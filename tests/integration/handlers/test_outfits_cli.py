"""``aura outfits`` shows a person's outfits with their photos, private ones too, and nobody else's."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aura.errors import ConfigurationError
from handlers.outfits_cli import outfits
from sandbox import Sandbox
from tests.support.wardrobes import PRIVATE, Wearer


@pytest.fixture(autouse=True)
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a person's shell would hold."""
    monkeypatch.chdir(tmp_path)
    for name in ("SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_JWT_SECRET"):
        monkeypatch.setenv(name, sandbox.settings[name])
    monkeypatch.setenv("AURA__ANALYSIS__ANALYZER", "palette")


async def aura(*arguments: str) -> Result:
    """Run the command as the shell would, outside this event loop."""
    result = await asyncio.to_thread(CliRunner().invoke, outfits, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


async def test_a_page_shows_public_and_private_photos(ada: Wearer, bob: Wearer, tmp_path: Path) -> None:
    await ada.add(await ada.photo(), name="My <shirt>", category="white shirt")
    await ada.add(await ada.photo(bucket=PRIVATE), name="My jeans", category="navy jeans")
    await ada.add("https://elsewhere.example/boots.jpg", name="My boots", category="black boots")
    await bob.add(await bob.photo(), name="Not mine", category="blazer")
    result = await aura("--user", ada.id, "--html", "page.html", "--temperature", "25")
    assert (result.exit_code, result.output) == (0, "")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("<article>") == 1
    assert text.count("data:image/jpeg;base64,") == 2
    assert "My boots" in text
    assert "My &lt;shirt&gt;" in text
    assert "Not mine" not in text


async def test_outfits_for_programs_and_for_people(ada: Wearer) -> None:
    items = [await ada.add(name=f"my {kind}", category=kind) for kind in ("navy shirt", "blue jeans", "boots")]
    found = json.loads((await aura("--user", ada.id, "--json")).output)
    assert [each["items"] for each in found] == [items]
    assert found[0]["why"][0]["text"]
    shown = (await aura("--user", ada.id, "--language", "tr")).output
    assert "my blue jeans" in shown


async def test_garments_are_read_in_parts_of_what_an_address_holds(
    ada: Wearer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.lookbook.PER_READ", 2)
    kinds = ("navy shirt", "white blouse", "blue jeans", "black skirt", "boots", "loafers")
    for kind in kinds:
        await ada.add(name=f"my {kind}", category=kind)
    result = await aura("--user", ada.id, "--html", "page.html", "--language", "tr", "--temperature", "25")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert (result.exit_code, [kind for kind in kinds if f"my {kind}" not in text]) == (0, [])
    assert "için kombinler" in text


async def test_an_empty_wardrobe_is_told_what_it_lacks(ada: Wearer) -> None:
    assert "There are no shoes" in (await aura("--user", ada.id)).output


@pytest.mark.parametrize("who", ["nobody@example.com", "00000000-0000-4000-8000-000000000000"])
async def test_nobody_has_no_outfits(who: str) -> None:
    with pytest.raises(ConfigurationError, match="There is nobody with the"):
        await aura("--user", who)


async def test_an_occasion_that_there_is_none_of() -> None:
    result = await aura("--user", "x", "--occasion", "gala")
    assert result.exit_code == 2
