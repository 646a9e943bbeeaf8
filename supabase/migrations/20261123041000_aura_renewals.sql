-- What a fallback tagged, until the first choice has had its turn at it.
--
-- A renewal is noted before the fallback's tags are written, so that no kill in between loses it. It is listed after
-- everything live, and only to a process whose first choice it waits for. While that analyzer is known to be out (a
-- pause), nothing is listed but one item when the pause is over: it tries whether the analyzer is back.
set lock_timeout = '500ms';

-- `version` is that of the fallback's answer; a row that says another one has had its turn.
create table if not exists public.analysis_renewals (
  item_id uuid primary key,
  item_created_at timestamptz not null,
  version text not null,
  waits_for text not null,
  noted_at timestamptz not null default now()
);
create index if not exists analysis_renewals_order
  on public.analysis_renewals (waits_for, item_created_at, item_id);
create table if not exists public.analysis_pauses (
  analyzer text primary key,
  until timestamptz not null,
  code text not null,
  since timestamptz not null default now()
);
alter table public.analysis_renewals enable row level security;
alter table public.analysis_pauses enable row level security;
revoke all on public.analysis_renewals, public.analysis_pauses from public, anon, authenticated;
grant select, insert, update, delete on public.analysis_renewals, public.analysis_pauses to service_role;

-- What failed before is over: somebody has answered.
create or replace function public.aura_note_renewal(item uuid, version text, waits_for text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  noted boolean;
begin
  insert into public.analysis_renewals as r (item_id, item_created_at, version, waits_for)
  select i.id, coalesce(i.created_at, n.installed_at), aura_note_renewal.version, aura_note_renewal.waits_for
  from public.clothing_items i, public.aura_installation n
  where i.id = aura_note_renewal.item
  on conflict (item_id) do update
    set version = excluded.version, waits_for = excluded.waits_for, noted_at = excluded.noted_at;
  noted := found;
  delete from public.analysis_failures f where f.item_id = aura_note_renewal.item and not f.permanent;
  return noted;
end
$$;

-- An analyzer is out until a moment; of two processes that say so, the later moment counts.
create or replace function public.aura_pause_analyzer(analyzer text, until timestamptz, code text) returns void
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  insert into public.analysis_pauses as p (analyzer, until, code)
  values (aura_pause_analyzer.analyzer, aura_pause_analyzer.until, aura_pause_analyzer.code)
  on conflict (analyzer) do update
    set until = greatest(p.until, excluded.until), code = excluded.code;
end
$$;

-- It answers again; says whether that is news.
create or replace function public.aura_resume_analyzer(analyzer text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  delete from public.analysis_pauses p where p.analyzer = aura_resume_analyzer.analyzer;
  return found;
end
$$;

-- Whether nothing is left to renew. Never while the photo itself is outstanding: its tags may be about to be written.
create or replace function public.aura_renewal_settled(version text, image_url text, ai_tags jsonb) returns boolean
language sql immutable parallel safe as $$
  select case
    when coalesce(image_url, '') = '' then true
    when public.aura_photo_outstanding(image_url, ai_tags) = 1 then false
    else coalesce(ai_tags -> 'source' ->> 'version', '') <> version
  end
$$;

-- One page of renewals for a first choice, in order of (created_at, id), after the given pair. Planned as
-- aura_outstanding_page() is: along the index, so that the cost follows the page.
create or replace function public.aura_renewal_page(
  page_size integer, due_before timestamptz, after_created timestamptz, after_id uuid, first_choice text)
returns table (id uuid, user_id uuid, created_at timestamptz, due_at timestamptz, again boolean, backfill boolean)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan set jit = off
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
  paused_until timestamptz;
  from_created timestamptz := coalesce(after_created, '-infinity');
  from_id uuid := coalesce(after_id, '00000000-0000-0000-0000-000000000000');
begin
  select p.until into paused_until from public.analysis_pauses p where p.analyzer = first_choice;
  if paused_until > due_before then
    return;
  end if;
  return query
  with waiting as (
    select i.id, i.user_id, r.item_created_at as created_at, greatest(f.next_attempt_at, paused_until) as due_at
    from public.analysis_renewals r
    join public.clothing_items i on i.id = r.item_id
    left join public.analysis_failures f
      on f.item_id = i.id and not f.permanent and f.photo = public.aura_photo_identity(i.image_url)
    where r.waits_for = first_choice
      and (r.item_created_at, r.item_id)
          > (case when paused_until is null then from_created else '-infinity' end,
             case when paused_until is null then from_id else '00000000-0000-0000-0000-000000000000' end)
      and public.aura_photo_outstanding(i.image_url, i.ai_tags) is null
      and not public.aura_renewal_settled(r.version, i.image_url, i.ai_tags)
      and coalesce(f.next_attempt_at <= due_before, true)
    order by r.item_created_at, r.item_id
    limit case when paused_until is null then page_size else 1 end
  )
  select w.id, w.user_id, w.created_at, w.due_at, true, true
  from waiting w
  where (w.created_at, w.id) > (from_created, from_id)
  order by w.created_at, w.id;
end
$$;

-- As before, and with a first choice its renewals too. Older processes pass none.
drop function if exists public.aura_outstanding_items(integer, timestamptz, timestamptz, uuid);
create or replace function public.aura_outstanding_items(
  page_size integer, due_before timestamptz default now(), after_created timestamptz default null,
  after_id uuid default null, first_choice text default null)
returns table (id uuid, user_id uuid, created_at timestamptz, due_at timestamptz, again boolean, backfill boolean)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  size integer := least(greatest(page_size, 1), 1000);
  moment timestamptz := coalesce(due_before, now());
begin
  if first_choice is null or not exists (select from public.analysis_renewals) then
    return query
      select p.id, p.user_id, p.created_at, p.due_at, p.again, p.backfill
      from public.aura_outstanding_page(size, moment, after_created, after_id) p;
  else
    return query
      select * from (
        select p.id, p.user_id, p.created_at, p.due_at, p.again, p.backfill
        from public.aura_outstanding_page(size, moment, after_created, after_id) p
        union all
        select * from public.aura_renewal_page(size, moment, after_created, after_id, first_choice)
      ) both_kinds
      order by both_kinds.created_at, both_kinds.id limit size;
  end if;
end
$$;

-- A finished analysis hands its lease back; the admission, the renewal and the failure that it settled go with it.
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
  delete from public.analysis_renewals r using public.clothing_items i
  where r.item_id = aura_release_lease.item and i.id = r.item_id
    and public.aura_renewal_settled(r.version, i.image_url, i.ai_tags);
  delete from public.analysis_failures f using public.clothing_items i
  where f.item_id = aura_release_lease.item and i.id = f.item_id
    and public.aura_photo_outstanding(i.image_url, i.ai_tags) is null
    and i.ai_tags ->> 'status' is distinct from 'failed'
    and not exists (select from public.analysis_admitted a where a.item_id = f.item_id)
    and not exists (select from public.analysis_renewals r where r.item_id = f.item_id);
  return released;
end
$$;

-- Removes renewals that nobody needs any more, up to 10,000 a call, and says how many. A young one may belong to a run
-- that is just about to write its tags.
create or replace function public.aura_prune_renewals() returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare
  gone bigint;
begin
  delete from public.analysis_renewals r where r.item_id in (
    select o.item_id from public.analysis_renewals o
    left join public.clothing_items i on i.id = o.item_id
    where o.noted_at < now() - interval '10 minutes'
      and public.aura_renewal_settled(o.version, i.image_url, i.ai_tags)
    limit 10000 for update of o skip locked);
  get diagnostics gone = row_count;
  return gone;
end
$$;

revoke execute on function
  public.aura_renewal_settled(text, text, jsonb),
  public.aura_renewal_page(integer, timestamptz, timestamptz, uuid, text)
  from public, anon, authenticated, service_role;
revoke execute on function
  public.aura_note_renewal(uuid, text, text), public.aura_pause_analyzer(text, timestamptz, text),
  public.aura_resume_analyzer(text), public.aura_prune_renewals(),
  public.aura_outstanding_items(integer, timestamptz, timestamptz, uuid, text)
  from public, anon, authenticated;
grant execute on function
  public.aura_note_renewal(uuid, text, text), public.aura_pause_analyzer(text, timestamptz, text),
  public.aura_resume_analyzer(text), public.aura_prune_renewals(),
  public.aura_outstanding_items(integer, timestamptz, timestamptz, uuid, text)
  to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123041000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
