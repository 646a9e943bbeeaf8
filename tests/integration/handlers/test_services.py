"""The real set of services, as `aura run` opens it, does both kinds of work."""

from __future__ import annotations

import pytest

from aura.errors import ConfigurationError
from aura.telemetry.metrics import Metrics
from handlers.services import open_services
from handlers.table import HANDLERS
from handlers.work import Work
from sandbox import Sandbox
from tests.support.handling import settings_for
from tests.support.wardrobes import Wearer


async def test_both_kinds_of_work_with_the_palette(ada: Wearer, sandbox: Sandbox) -> None:
    item_id = await ada.add(await ada.photo())
    metrics = Metrics()
    settings = settings_for(sandbox, analysis={"analyzer": ["palette"]})
    async with open_services(settings, metrics) as services:
        item, style = Work("analyze_item", item_id, ada.id), Work("style_dna", ada.id)
        assert (await HANDLERS[item.kind](item, services)).status == "written"
        assert (await HANDLERS[style.kind](style, services)).status == "written"
    assert (await ada.item(item_id))["ai_tags"]["colors"]
    assert metrics.registry.get_sample_value("aura_analyzer_calls_total", {"analyzer": "palette"}) == 1


async def test_a_missing_key_is_said_before_anything_runs(sandbox: Sandbox) -> None:
    settings = settings_for(sandbox).model_copy(
        update={"supabase": settings_for(sandbox).supabase.model_copy(update={"service_key": None})}
    )
    with pytest.raises(ConfigurationError, match="SUPABASE_SERVICE_ROLE_KEY"):
        async with open_services(settings, Metrics()):
            pass
