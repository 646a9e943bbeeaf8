"""Who may do what: the service role alone, but for what the contract gives to people."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.databases import Database

FOR_EVERYBODY = {"aura_photo_identity", "aura_photo_outstanding"}  # the app's own writes evaluate them in the index
FOR_PEOPLE = {"save_style_dna", "aura_keep_style_dna", "aura_analysis_progress", "aura_analysis_state",
              "aura_analysis_again", "aura_analysis_status"}  # fmt: skip
FOR_PEOPLE_ALONE = {"aura_wardrobe_version"}  # it answers about whoever asks
FOR_NOBODY = {"aura_admission_settled", "aura_outstanding_page", "aura_backfill_candidates", "aura_style_choices",
              "aura_style_tags", "aura_admit_items", "aura_renewal_settled", "aura_renewal_page"}  # fmt: skip
OWN = "proname ~ '^(aura_|save_style_dna$)' and pronamespace = 'public'::regnamespace"
TABLES = ("aura_installation", "style_dirty", "ai_profiles", "analysis_leases", "analysis_cache", "analysis_failures",
          "analysis_usage", "analysis_admitted",
          "analysis_renewals", "analysis_pauses", "aura_canary", "catalog_products",
          "aura_leadership")  # fmt: skip

CALLS = (
    "aura_outstanding_items(1)",
    "aura_dirty_users(1)",
    "aura_style_fingerprint(gen_random_uuid())",
    "aura_open_style(gen_random_uuid())",
    "aura_clear_style_marks('{1}')",
    "aura_take_lease(gen_random_uuid(), 'p', 'h', 60)",
    "aura_open_analysis(gen_random_uuid(), 'p', 'h', 60, 'sha256:0', '{v}')",
    "aura_reserve_call(gen_random_uuid(), 1, 1)",
    "aura_settle_call(gen_random_uuid(), current_date, 0, 0)",
    "aura_note_renewal(gen_random_uuid(), 'v', 'a')",
    "aura_pause_analyzer('a', now(), 'c')",
    "aura_resume_analyzer('a')",
    "aura_retry_failures()",
    "aura_admit_backfill(1)",
    "aura_admit_item(gen_random_uuid())",
    "aura_admit_forced(gen_random_uuid())",
    "aura_forced(gen_random_uuid())",
    "aura_clear_forced('{1}')",
    "aura_schema_version()",
    "aura_wake()",
    "aura_woken()",
    "aura_take_leadership('t', 'h', 1)",
    "aura_release_leadership('t', 'h')",
    "aura_catalog_version()",
)


async def test_functions_are_the_service_roles_alone(db: Database) -> None:
    found = await db.rows(f"""
        select proname, has_function_privilege('anon', oid, 'execute'),
               has_function_privilege('authenticated', oid, 'execute'),
               has_function_privilege('service_role', oid, 'execute'), prorettype = 'trigger'::regtype
        from pg_proc where {OWN}""")
    assert len(found) > 25
    for name, anon, authenticated, service, is_trigger in found:
        assert anon is (name in FOR_EVERYBODY), name
        assert authenticated is (name in FOR_EVERYBODY | FOR_PEOPLE | FOR_PEOPLE_ALONE), name
        assert service is not (name in FOR_NOBODY | FOR_PEOPLE_ALONE or is_trigger), name


async def test_definer_functions_pin_their_search_path(db: Database) -> None:
    found = await db.rows(f"select proname, proconfig from pg_proc where prosecdef and {OWN}")
    assert len(found) > 20
    assert [name for name, config in found if 'search_path=""' not in (config or [])] == []


async def test_every_table_of_ours_has_row_level_security_and_no_grant_by_default(db: Database) -> None:
    found = await db.rows("""
        select relname, relrowsecurity,
               (select array_agg(distinct grantee || ':' || privilege_type order by grantee || ':' || privilege_type)
                from information_schema.role_table_grants g
                where g.table_name = relname and grantee in ('anon', 'authenticated'))
        from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
          and (relname ~ '^(aura_|analysis_)' or relname in ('style_dirty', 'ai_profiles', 'catalog_products'))""")
    assert {name for name, _, _ in found} == set(TABLES)
    assert all(secured for _, secured, _ in found)
    assert {name: grants for name, _, grants in found if grants} == {
        "analysis_failures": ["authenticated:SELECT"],
        "ai_profiles": ["authenticated:INSERT", "authenticated:SELECT", "authenticated:UPDATE"],
        "catalog_products": ["authenticated:SELECT"],
    }


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_people_cannot_touch_what_is_the_backends(db: Database, role: str) -> None:
    async with db.acting(role, await db.user()) as app:
        for statement in [*(f"delete from {table}" for table in TABLES), *(f"select * from {call}" for call in CALLS)]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await app.execute(statement.encode())


async def test_people_see_what_is_on_sale_and_cannot_change_it(db: Database) -> None:
    await db.rows("insert into catalog_products (name, active) values ('sold', true), ('gone', false)")
    for role, statement in (
        ("authenticated", "update catalog_products set name = 'x'"),
        ("anon", "select * from catalog_products"),
    ):
        async with db.acting(role, await db.user()) as app:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await app.execute(statement.encode())
    async with db.acting("authenticated", await db.user()) as app:
        found = await (await app.execute("select name from catalog_products where name in ('sold', 'gone')")).fetchall()
    assert [name for (name,) in found] == ["sold"]


async def test_the_service_role_can_do_its_work(db: Database) -> None:
    user = await db.user()
    await db.item(user)
    async with db.acting("service_role") as service:
        for call in ("aura_outstanding_items(1)", "aura_dirty_users(1)", "aura_beat(gen_random_uuid())", "aura_prune()",
                     "aura_audit_style(10)", "aura_wake()", "aura_backfill_count()", "aura_due_summary()",
                     "aura_woken()", "aura_take_leadership('t', 'h', 1)"):  # fmt: skip
            await service.execute(f"select * from {call}".encode())
        await service.execute("insert into analysis_cache values ('sha256:0', 'vertexai', 'v', '{}')")
