-- Outstanding work: which photos wait to be tagged. The cost of every listing follows the outstanding work,
-- never the size of the tables.
--
-- Outstanding is a row whose tags do not belong to its current photo, if the row is not older than the
-- installation or was admitted since then; and a row admitted as stale, while the version that had tagged it then
-- (kept in `version`, '' where none was noted) is still the one that did.
set lock_timeout = '500ms';

-- Append-only for the same reason as style marks: the trigger that admits has nothing to wait on, and what is
-- being removed can never take a newer admission with it. A second row for one item does no harm.
create table if not exists public.analysis_admitted (
  id bigint generated always as identity primary key,
  item_id uuid not null,
  item_created_at timestamptz not null,
  reason text not null check (reason in ('backfill', 'photo_changed', 'stale', 'late')),
  version text check ((version is not null) = (reason = 'stale')),
  admitted_at timestamptz not null default now()
);
create index if not exists analysis_admitted_item on public.analysis_admitted (item_id);
create index if not exists analysis_admitted_order on public.analysis_admitted (item_created_at, item_id);
alter table public.analysis_admitted enable row level security;
revoke all on public.analysis_admitted from public, anon, authenticated;
grant select, insert, update, delete on public.analysis_admitted to service_role;

-- Admits a row older than the installation whose photo changed, or that was committed or imported since. A row
-- whose created_at is null (a bulk import through PostgREST makes such) has no place in the index's order: it is
-- listed through its admission too.
-- Never fails and never delays the app's write (see the style marks).
create or replace function public.aura_admit_items() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
declare
  moment timestamptz;
begin
  select installed_at into moment from public.aura_installation;
  if moment is null or not exists (select from new_rows where coalesce(created_at < moment, true)) then
    return null;
  end if;
  if tg_op = 'INSERT' then
    insert into public.analysis_admitted (item_id, item_created_at, reason)
    select n.id, coalesce(n.created_at, moment), 'late' from new_rows n
    where coalesce(n.created_at < moment, true) and public.aura_photo_outstanding(n.image_url, n.ai_tags) = 1;
  else
    insert into public.analysis_admitted (item_id, item_created_at, reason)
    select changed.id, coalesce(changed.created_at, moment), 'photo_changed' from (
      select n.id, n.created_at, public.aura_photo_identity(n.image_url) from new_rows n
      where coalesce(n.created_at < moment, true) and public.aura_photo_outstanding(n.image_url, n.ai_tags) = 1
      except
      select o.id, o.created_at, public.aura_photo_identity(o.image_url) from old_rows o
      where coalesce(o.created_at < moment, true)
    ) changed;
  end if;
  return null;
exception when others then
  raise warning 'aura: % on % not admitted: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

-- Whether nothing is left to do for an admission. `given_up_at` is when its photo failed for good, or null.
create or replace function public.aura_admission_settled(
  reason text, version text, admitted_at timestamptz, image_url text, ai_tags jsonb, given_up_at timestamptz)
returns boolean
language sql immutable parallel safe as $$
  select case
    when coalesce(image_url, '') = '' then true
    when public.aura_photo_outstanding(image_url, ai_tags) = 1 then false
    when reason <> 'stale' then true
    else coalesce(ai_tags -> 'source' ->> 'version', '') <> version or coalesce(given_up_at >= admitted_at, false)
  end
$$;

-- One page of what is due before a moment, in order of (created_at, id), beginning after the given pair.
-- `waiting_since` is when the work became due. Planned for its arguments every time, and always along the
-- indexes, row by row: then the cost follows the page, even while the statistics do not know of a backfill yet.
create or replace function public.aura_outstanding_page(
  page_size integer, due_before timestamptz, after_created timestamptz, after_id uuid)
returns table (id uuid, user_id uuid, created_at timestamptz, due_at timestamptz, again boolean, backfill boolean,
               waiting_since timestamptz)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan set jit = off
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
  moment timestamptz;
  from_created timestamptz := coalesce(after_created, '-infinity');
  from_id uuid := coalesce(after_id, '00000000-0000-0000-0000-000000000000');
  live_created timestamptz;
  live_id uuid;
begin
  select installed_at into moment from public.aura_installation;
  if moment is null then
    return;
  end if;
  if from_created < moment then
    live_created := moment;
    live_id := '00000000-0000-0000-0000-000000000000';
  else
    live_created := from_created;
    live_id := from_id;
  end if;
  return query
  with live as (
    select i.id, i.user_id, i.created_at, f.next_attempt_at as due_at, false as again, false as backfill,
           greatest(i.updated_at, f.next_attempt_at) as waiting_since
    from public.clothing_items i
    left join public.analysis_failures f
      on f.item_id = i.id and not f.permanent and f.photo = public.aura_photo_identity(i.image_url)
    where public.aura_photo_outstanding(i.image_url, i.ai_tags) = 1
      and (i.created_at, i.id) > (live_created, live_id)
      and coalesce(f.next_attempt_at <= due_before, true)
    order by i.created_at, i.id
    limit page_size
  ), admitted as (
    select distinct on (a.item_created_at, a.item_id)
           i.id, i.user_id, a.item_created_at as created_at, f.next_attempt_at as due_at,
           public.aura_photo_outstanding(i.image_url, i.ai_tags) is null as again,
           a.reason in ('backfill', 'stale') as backfill,
           greatest(a.admitted_at, f.next_attempt_at) as waiting_since
    from public.analysis_admitted a
    join public.clothing_items i on i.id = a.item_id
    left join public.analysis_failures g on g.item_id = i.id
    left join lateral (
      select g.item_id, g.next_attempt_at
      where not g.permanent and g.photo = public.aura_photo_identity(i.image_url)) f on true
    where (a.item_created_at, a.item_id) > (from_created, from_id)
      and (coalesce(i.created_at < moment, true) or public.aura_photo_outstanding(i.image_url, i.ai_tags) is null)
      and not public.aura_admission_settled(a.reason, a.version, a.admitted_at, i.image_url, i.ai_tags,
                                            case when g.permanent then g.updated_at end)
      and coalesce(f.next_attempt_at <= due_before, true)
    order by a.item_created_at, a.item_id, a.reason in ('backfill', 'stale')
    limit page_size
  )
  select * from (select * from live union all select * from admitted) both_kinds
  order by created_at, id
  limit page_size;
end
$$;

-- A page of at most 1,000 (PostgREST's own limit); the next one begins after the last (created_at, id).
-- Rows in backoff are left out until `due_before`; due_at null = now, again = tagged before, by another version.
create or replace function public.aura_outstanding_items(
  page_size integer, due_before timestamptz default now(), after_created timestamptz default null,
  after_id uuid default null)
returns table (id uuid, user_id uuid, created_at timestamptz, due_at timestamptz, again boolean, backfill boolean)
language sql stable security definer set search_path = '' as $$
  select p.id, p.user_id, p.created_at, p.due_at, p.again, p.backfill
  from public.aura_outstanding_page(
    least(greatest(aura_outstanding_items.page_size, 1), 1000), coalesce(aura_outstanding_items.due_before, now()),
    aura_outstanding_items.after_created, aura_outstanding_items.after_id) p
$$;

-- How much is due now, and since when the longest waiting of it waits; both counts end at 10,000.
create or replace function public.aura_outstanding_summary()
returns table (items bigint, oldest_item_at timestamptz, marks bigint, oldest_mark_at timestamptz)
language sql stable security definer set search_path = '' as $$
  select i.items, i.oldest, m.marks, m.oldest
  from (select count(*) as items, min(p.waiting_since) as oldest
        from public.aura_outstanding_page(10000, now(), null, null) p) i,
       (select count(*) as marks, min(d.at) as oldest
        from (select s.at from public.style_dirty s order by s.id limit 10000) d) m
$$;

-- A finished analysis hands its lease back; the admission and the failure that it settled go with it.
create or replace function public.aura_release_lease(item uuid, holder text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  released boolean;
begin
  delete from public.analysis_leases l
  where l.item_id = aura_release_lease.item and l.holder = aura_release_lease.holder;
  released := found;
  delete from public.analysis_admitted a using public.clothing_items i
  where a.item_id = aura_release_lease.item and i.id = a.item_id
    and public.aura_admission_settled(a.reason, a.version, a.admitted_at, i.image_url, i.ai_tags, null);
  delete from public.analysis_failures f using public.clothing_items i
  where f.item_id = aura_release_lease.item and i.id = f.item_id
    and public.aura_photo_outstanding(i.image_url, i.ai_tags) is null
    and i.ai_tags ->> 'status' is distinct from 'failed'
    and not exists (select from public.analysis_admitted a where a.item_id = f.item_id);
  return released;
end
$$;

revoke execute on function
  public.aura_admit_items(),
  public.aura_admission_settled(text, text, timestamptz, text, jsonb, timestamptz),
  public.aura_outstanding_page(integer, timestamptz, timestamptz, uuid)
  from public, anon, authenticated, service_role;
revoke execute on function
  public.aura_outstanding_items(integer, timestamptz, timestamptz, uuid), public.aura_outstanding_summary(),
  public.aura_release_lease(uuid, text)
  from public, anon, authenticated;
grant execute on function
  public.aura_outstanding_items(integer, timestamptz, timestamptz, uuid), public.aura_outstanding_summary(),
  public.aura_release_lease(uuid, text)
  to service_role;

reset lock_timeout;
notify pgrst, 'reload schema';
