"""Everything that PostgreSQL knows about the app's own tables, as text to compare before and after."""

from __future__ import annotations

from tests.support.databases import Database

# This backend's additions to the app's tables: named aura_*, or with _aura_ in the name of an index.
APP_TABLES = """
  select c.oid, c.relname from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname in (
    'users', 'profiles', 'clothing_items', 'combinations', 'combination_items', 'likes', 'comments', 'follows',
    'swap_listings', 'notifications')
"""
ASPECTS = {
    "tables": """select t.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relowner,
                        c.reloptions, c.relacl::text
                 from app t join pg_class c on c.oid = t.oid""",
    "columns": """select t.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                         a.attidentity, a.attgenerated, a.attacl::text, a.attstattarget, a.attstorage,
                         pg_get_expr(d.adbin, d.adrelid)
                  from app t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
                  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum""",
    "constraints": """select t.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated
                      from app t join pg_constraint k on k.conrelid = t.oid or k.confrelid = t.oid""",
    "policies": """select p.* from pg_policies p join app t on t.relname = p.tablename
                   where p.schemaname = 'public'""",
    "indexes": """select i.* from pg_indexes i join app t on t.relname = i.tablename
                  where i.schemaname = 'public' and i.indexname !~ '_aura_'""",
    "triggers": """select t.relname, g.tgname, g.tgenabled, g.tgisinternal, pg_get_triggerdef(g.oid)
                   from app t join pg_trigger g on g.tgrelid = t.oid where g.tgname !~ '^aura_'""",
    "rules": "select r.* from pg_rules r join app t on t.relname = r.tablename",
    "functions": """select p.proname, pg_get_functiondef(p.oid), p.proacl::text from pg_proc p
                    where p.pronamespace = 'public'::regnamespace and p.proname !~ '^(aura_|save_style_dna$)'""",
}


async def schema_snapshot(database: Database) -> dict[str, list[str]]:
    """The aspects of the app's tables, each as sorted lines."""
    return {
        aspect: sorted(map(str, await database.rows(f"with app as ({APP_TABLES}) {query}")))
        for aspect, query in ASPECTS.items()
    }
