"""Values on the wire are what PostgreSQL's own casts to jsonb make of them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.support.realtime.listener import listening, table
from tests.support.realtime.stage import Stage

# Written into a column of the type; what to_jsonb says of it is expected on the wire.
VALUES = {
    "int2": ["-32768", "0"],
    "int8": ["9223372036854775807"],
    "numeric": ["12.3400", "-0.000001", "1e30"],
    "float4": ["0.1", "1e-10", "-3.4e38"],
    "float8": ["0.1", "1e300", "1.5"],
    "bool": ["true", "false"],
    "text": ["plain", 'q"\\ \t\n\r\b\f \x01\x7f é 😀', ""],
    "varchar": ["ab"],
    "date": ["2026-02-28", "infinity", "0044-03-15 BC"],
    "time": ["13:14:15.5"],
    "timetz": ["13:14:15+02"],
    "timestamp": ["2026-02-28 13:14:15", "-infinity", "0044-03-15 00:00:00 BC"],
    "timestamptz": ["2026-02-28 13:14:15.1+02", "0044-03-15 00:00:00+00 BC"],
    "interval": ["1 year 2 mons -3 days 04:05:06.7"],
    "uuid": ["11111111-1111-4111-8111-111111111111"],
    "jsonb": ['{"bb": [1, {"c": null}], "a": 1.50, "é": "😀"}', '"text"', "null"],
    "json": ['{"bb": [1, {"c": null}], "a": 1.50, "a": 2e3}', "[]"],
    "inet": ["10.0.0.0/8"],
    "int4range": ["[1,5)", "empty"],
    "text[]": ['{a,"b, c",NULL,"q\\"x","NULL",""}', "{}", "{{a,b},{c,d}}"],
    "int4[]": ["{1,NULL}"],
    "bool[]": ["{t,f}"],
    "numeric[]": ["{1.50,NaN}"],
    "timestamptz[]": ['{"2026-02-28 13:14:15+02"}'],
    "jsonb[]": ['{"{\\"k\\": [1, 2]}"}'],
    "bpchar": ["x"],
}


@pytest.mark.parametrize("type_name", VALUES)
async def test_a_value_is_sent_as_the_database_would_write_it(fast_stage: Stage, type_name: str) -> None:
    await fast_stage.execute(f"create table valued (id int8 primary key, v {type_name})")
    await fast_stage.execute("grant select on valued to service_role")
    await fast_stage.execute("alter publication supabase_realtime add table valued")
    async with listening(fast_stage, table("valued")) as listener:
        for number, value in enumerate(VALUES[type_name]):
            await fast_stage.execute(f"insert into valued values ({number}, %s)", value)
        await listener.until(lambda: len(listener.changes) == len(VALUES[type_name]))
    await fast_stage.execute("set timezone = 'UTC'")
    expected = await fast_stage.execute("select to_jsonb(v)::text from valued order by id")
    ours = [json.loads(frame, parse_float=Decimal)["payload"] for frame in listener.client.frames]
    sent = [payload["data"]["record"]["v"] for payload in ours if "data" in payload]
    assert sent == [json.loads(text, parse_float=Decimal) for (text,) in expected]
