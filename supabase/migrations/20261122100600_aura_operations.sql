-- What a person decides (backfill, trying failures again) and what keeps the tables small.
set lock_timeout = '500ms';

-- The rows a backfill would admit now, newest first: photos older than the installation that have no tags, and,
-- when a version is given, rows that another version has tagged. What failed for good is not among them. Stale rows
-- are found by reading the table (seconds for a million items): nothing but this command asks for them.
create or replace function public.aura_backfill_candidates(max_items bigint, current_version text)
returns table (item_id uuid, item_created_at timestamptz, reason text, version text)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  moment timestamptz;
begin
  select installed_at into moment from public.aura_installation;
  if moment is null then
    return;
  end if;
  return query
  with untagged as (
    select i.id, coalesce(i.created_at, moment), 'backfill', null::text
    from public.clothing_items i
    where public.aura_photo_outstanding(i.image_url, i.ai_tags) = 1 and coalesce(i.created_at < moment, true)
      and not exists (select from public.analysis_admitted a where a.item_id = i.id)
    order by i.created_at desc, i.id desc limit max_items
  ), stale as (
    select i.id, coalesce(i.created_at, moment), 'stale', coalesce(i.ai_tags -> 'source' ->> 'version', '')
    from public.clothing_items i
    where current_version is not null and i.image_url <> ''
      and i.ai_tags -> 'source' ->> 'photo' is not null
      and i.ai_tags ->> 'status' is distinct from 'failed'
      and i.ai_tags -> 'source' ->> 'version' is distinct from current_version
      and not exists (select from public.analysis_admitted a
                      where a.item_id = i.id and a.reason = 'stale'
                        and a.version = coalesce(i.ai_tags -> 'source' ->> 'version', ''))
    order by i.created_at desc, i.id desc limit max_items
  )
  select * from (select * from untagged union all select * from stale) both_kinds
  order by 2 desc, 1 desc limit max_items;
end
$$;

create or replace function public.aura_backfill_count(current_version text default null) returns bigint
language sql stable security definer set search_path = '' as $$
  select count(*) from public.aura_backfill_candidates(null, aura_backfill_count.current_version)
$$;

-- Admits the newest candidates and says how many; two at once take turns.
create or replace function public.aura_admit_backfill(max_items integer, current_version text default null)
returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare
  admitted bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('aura_admit_backfill', 0));
  insert into public.analysis_admitted (item_id, item_created_at, reason, version)
  select c.item_id, c.item_created_at, c.reason, c.version
  from public.aura_backfill_candidates(greatest(aura_admit_backfill.max_items, 0),
                                       aura_admit_backfill.current_version) c;
  get diagnostics admitted = row_count;
  return admitted;
end
$$;

-- Makes failures due now: all of them, or those of the given items; at most 2,000 a call and none that the app
-- is writing to at this moment, so call it until it returns 0. A photo that had failed for good loses that mark
-- and is outstanding again, whatever its age.
create or replace function public.aura_retry_failures(items uuid[] default null) returns bigint
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  chosen uuid[];
begin
  select array_agg(c.item_id) into chosen from (
    select f.item_id from public.analysis_failures f join public.clothing_items i on i.id = f.item_id
    where (aura_retry_failures.items is null or f.item_id = any (aura_retry_failures.items))
      and (f.permanent or f.next_attempt_at > now())
      and f.photo = public.aura_photo_identity(i.image_url)
    limit 2000 for update of f, i skip locked
  ) c;
  insert into public.analysis_admitted (item_id, item_created_at, reason)
  select i.id, coalesce(i.created_at, n.installed_at), 'backfill'
  from public.clothing_items i, public.aura_installation n
  where i.id = any (chosen) and coalesce(i.created_at < n.installed_at, true)
    and not exists (select from public.analysis_admitted a where a.item_id = i.id and a.reason <> 'stale');
  update public.clothing_items i set ai_tags = i.ai_tags #- '{source,photo}'
  where i.id = any (chosen) and i.ai_tags ->> 'status' = 'failed';
  update public.analysis_failures f set permanent = false, next_attempt_at = now(), updated_at = now()
  where f.item_id = any (chosen);
  return coalesce(cardinality(chosen), 0);
end
$$;

-- Removes what nobody needs any more and says how many rows that were. Each kind at most 10,000 rows a call, so
-- that a call stays short; rows that somebody else holds are left for the next one. An answer in the cache is
-- kept for 90 days.
create or replace function public.aura_prune() returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare
  removed bigint := 0;
  gone bigint;
begin
  -- In the order of the listing: what is settled there would be read by every listing.
  with front as materialized (
    select a.* from public.analysis_admitted a order by a.item_created_at, a.item_id limit 10000
  ), settled as (
    select a.id from front a
    left join public.clothing_items i on i.id = a.item_id
    left join public.analysis_failures f on f.item_id = a.item_id and f.permanent
    where public.aura_admission_settled(a.reason, a.version, a.admitted_at, i.image_url, i.ai_tags, f.updated_at)
  )
  delete from public.analysis_admitted a where a.id in (select s.id from settled s);
  get diagnostics gone = row_count;
  removed := removed + gone;

  delete from public.analysis_leases l where l.item_id in (
    select o.item_id from public.analysis_leases o where o.expires_at < now() - interval '1 hour'
    limit 10000 for update skip locked);
  get diagnostics gone = row_count;
  removed := removed + gone;

  delete from public.analysis_failures f where f.item_id in (
    select o.item_id from public.analysis_failures o
    where not exists (select from public.clothing_items i where i.id = o.item_id)
    limit 10000 for update skip locked);
  get diagnostics gone = row_count;
  removed := removed + gone;

  delete from public.ai_profiles p where p.user_id in (
    select o.user_id from public.ai_profiles o
    where not exists (select from public.users u where u.id = o.user_id)
    limit 10000 for update skip locked);
  get diagnostics gone = row_count;
  removed := removed + gone;

  delete from public.analysis_usage u where (u.day, u.user_id) in (
    select o.day, o.user_id from public.analysis_usage o where o.day < (now() at time zone 'utc')::date - 40
    limit 10000 for update skip locked);
  get diagnostics gone = row_count;
  removed := removed + gone;

  delete from public.analysis_cache c where (c.content_hash, c.analyzer, c.version) in (
    select o.content_hash, o.analyzer, o.version from public.analysis_cache o
    where o.created_at < now() - interval '90 days'
    limit 10000 for update skip locked);
  get diagnostics gone = row_count;
  return removed + gone;
end
$$;

revoke execute on function public.aura_backfill_candidates(bigint, text)
  from public, anon, authenticated, service_role;
revoke execute on function public.aura_backfill_count(text), public.aura_admit_backfill(integer, text),
  public.aura_retry_failures(uuid[]), public.aura_prune() from public, anon, authenticated;
grant execute on function public.aura_backfill_count(text), public.aura_admit_backfill(integer, text),
  public.aura_retry_failures(uuid[]), public.aura_prune() to service_role;

reset lock_timeout;
notify pgrst, 'reload schema';
