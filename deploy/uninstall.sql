-- Takes out of a project what this backend's migrations have put into it, and nothing of the app's: its tables, policies,
-- functions and rows stay as they are, with the tags and the style DNA that were written into them.
--
-- End every process of the backend first. Kept answers, failures, budgets and waiting work are gone afterwards, and so are
-- the products in catalog_products; `aura migrate` installs everything anew, and counts as new what is younger than that.
--
--   psql "$SUPABASE_DB_URL" --set ON_ERROR_STOP=1 --file deploy/uninstall.sql
begin;
set local lock_timeout = '5s';

do $$
declare
  tables constant text[] := array['style_dirty', 'ai_profiles', 'catalog_products', 'analysis_leases', 'analysis_cache',
    'analysis_failures', 'analysis_usage', 'analysis_admitted', 'analysis_forced', 'analysis_renewals', 'analysis_pauses'];
  doing text;
begin
  for doing in
    select format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass)
    from pg_trigger t where t.tgname like 'aura\_%' and not t.tgisinternal
    union all
    select format('drop index %s', c.oid::regclass)
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'i' and c.relname like '%\_aura\_%'
    union all
    select format('drop statistics public.%I', s.stxname)
    from pg_statistic_ext s where s.stxnamespace = 'public'::regnamespace and s.stxname like '%\_aura\_%'
  loop
    execute doing;
  end loop;
  for doing in
    select format('drop table %s', c.oid::regclass)
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and (c.relname like 'aura\_%' or c.relname = any (tables))
  loop
    execute doing;
  end loop;
  for doing in
    select format('drop function %s', p.oid::regprocedure)
    from pg_proc p where p.pronamespace = 'public'::regnamespace
      and (p.proname like 'aura\_%' or p.proname = 'save_style_dna')
  loop
    execute doing;
  end loop;
end
$$;
drop schema if exists procrastinate cascade;
delete from supabase_migrations.schema_migrations where name like 'aura\_%';
commit;

notify pgrst, 'reload schema';
