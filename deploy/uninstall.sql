-- Takes out of a project what this backend's migrations have put into it, and nothing of the app's: its tables, policies,
-- functions and rows stay as they are, with the tags and the style DNA that were written into them. What is ours is
-- listed by name: an app called Aura may call things of its own aura_….
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
    'analysis_failures', 'analysis_usage', 'analysis_admitted', 'analysis_renewals', 'analysis_pauses', 'aura_canary',
    'aura_installation', 'aura_leadership'];
  indexes constant text[] := array['clothing_items_aura_outstanding', 'comments_aura_user'];
  functions constant text[] := array[
    'aura_admission_settled', 'aura_admit_backfill', 'aura_admit_forced', 'aura_admit_item', 'aura_admit_items',
    'aura_analysis_again', 'aura_analysis_progress', 'aura_analysis_state', 'aura_analysis_status',
    'aura_audit_style', 'aura_bound_profile', 'aura_backfill_candidates', 'aura_backfill_count', 'aura_beat', 'aura_catalog_version',
    'aura_clear_failure', 'aura_clear_forced', 'aura_clear_style_marks', 'aura_dirty_users', 'aura_due_summary',
    'aura_forced', 'aura_keep_style_dna', 'aura_mark_combinations_updated', 'aura_mark_comments_updated',
    'aura_mark_items_updated', 'aura_mark_likes_updated', 'aura_mark_outfits', 'aura_mark_outfits_updated',
    'aura_mark_owners', 'aura_mark_profiles', 'aura_mark_profiles_updated', 'aura_note_renewal',
    'aura_open_analysis', 'aura_open_style', 'aura_outstanding_items', 'aura_outstanding_page',
    'aura_outstanding_summary', 'aura_pause_analyzer', 'aura_photo_identity', 'aura_photo_outstanding',
    'aura_prune', 'aura_prune_renewals', 'aura_record_failure', 'aura_release_leadership', 'aura_release_lease',
    'aura_renewal_page', 'aura_renewal_settled', 'aura_reserve_call', 'aura_resume_analyzer',
    'aura_retry_failures', 'aura_schema_version', 'aura_settle_call', 'aura_style_choices',
    'aura_style_fingerprint', 'aura_style_marks', 'aura_style_tags', 'aura_style_version',
    'aura_take_leadership', 'aura_take_lease', 'aura_wake', 'aura_wardrobe_version', 'aura_woken',
    'save_style_dna'];
  doing text;
begin
  for doing in
    select format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass)
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    where not t.tgisinternal and p.pronamespace = 'public'::regnamespace and p.proname = any (functions)
    union all
    select format('drop index %s', c.oid::regclass)
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'i' and c.relname = any (indexes)
    union all
    select format('drop statistics public.%I', s.stxname)
    from pg_statistic_ext s
    where s.stxnamespace = 'public'::regnamespace and s.stxname = 'clothing_items_aura_outstanding_statistics'
  loop
    execute doing;
  end loop;
  for doing in
    select format('drop table %s', c.oid::regclass)
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname = any (tables)
  loop
    execute doing;
  end loop;
  for doing in
    select format('drop function %s', p.oid::regprocedure)
    from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = any (functions)
  loop
    execute doing;
  end loop;
end
$$;
drop schema if exists procrastinate cascade;
delete from supabase_migrations.schema_migrations where name like 'aura\_%' and version in (
  '20261122100000', '20261122100100', '20261122100150', '20261122100200', '20261122100250', '20261122100300',
  '20261122100400', '20261122100500', '20261122100600', '20261122100700', '20261122100800', '20261123010000',
  '20261123020000', '20261123030000', '20261123040000', '20261123041000', '20261123050000', '20261123051000',
  '20261123060000', '20261123070000', '20261123075000', '20261123080000', '20261123081000', '20261123085000',
  '20261123090000', '20261123100000', '20261123101000');
commit;

notify pgrst, 'reload schema';
