-- A forced analysis that was asked for is kept: it is noted as an admission of its own kind, so that a daemon repeats
-- it where the process that had taken it on was killed.
--
-- `forced`: a person asked for one more analysis of a photo that has its tags (`version` keeps which photo). Its run
-- removes the note itself, by id and while it holds the lease: the tags may come out as they were, so nothing on the
-- row could tell that it was done. A note about a photo that was replaced, or that failed for good since, is settled.
set lock_timeout = '500ms';

alter table public.analysis_admitted drop constraint if exists analysis_admitted_reason_check;
alter table public.analysis_admitted add constraint analysis_admitted_reason_check
  check (reason in ('backfill', 'photo_changed', 'stale', 'late', 'asked', 'forced')) not valid;
alter table public.analysis_admitted drop constraint if exists analysis_admitted_check;
alter table public.analysis_admitted add constraint analysis_admitted_check
  check ((version is not null) = (reason in ('stale', 'forced'))) not valid;

-- Whether nothing is left to do for an admission. `given_up_at` is when its photo failed for good, or null.
create or replace function public.aura_admission_settled(
  reason text, version text, admitted_at timestamptz, image_url text, ai_tags jsonb, given_up_at timestamptz)
returns boolean
language sql immutable parallel safe as $$
  select case
    when coalesce(image_url, '') = '' then true
    when reason = 'forced' then version is distinct from public.aura_photo_identity(image_url)
                                or coalesce(given_up_at >= admitted_at, false)
    when public.aura_photo_outstanding(image_url, ai_tags) = 1 then false
    when reason <> 'stale' then true
    else coalesce(ai_tags -> 'source' ->> 'version', '') <> version or coalesce(given_up_at >= admitted_at, false)
  end
$$;

-- Notes that an item was asked for, if it would not be analysed by itself. Says whether that was needed. Backend only:
-- it is what spares a person's old items the bill, so it is called for items that a person has just asked about.
create or replace function public.aura_admit_item(item uuid) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into public.analysis_admitted (item_id, item_created_at, reason)
  select i.id, coalesce(i.created_at, n.installed_at), 'asked'
  from public.clothing_items i, public.aura_installation n
  where i.id = aura_admit_item.item and public.aura_photo_outstanding(i.image_url, i.ai_tags) = 1
    and coalesce(i.created_at < n.installed_at, true)
    and not exists (select from public.analysis_admitted a
                    where a.item_id = i.id and a.reason not in ('stale', 'backfill', 'forced'));
  return found;
end
$$;

-- The notes that an item's present photo is to be analysed once more.
create or replace function public.aura_forced(item uuid) returns setof bigint
language sql stable security definer set search_path = '' as $$
  select a.id from public.analysis_admitted a join public.clothing_items i on i.id = a.item_id
  where a.item_id = aura_forced.item and a.reason = 'forced'
    and a.version = public.aura_photo_identity(i.image_url)
  order by a.id
$$;

-- Notes it, unless that is noted already, and says which notes there are. A photo without tags needs no force: it is
-- noted as asked for.
create or replace function public.aura_admit_forced(item uuid) returns setof bigint
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into public.analysis_admitted (item_id, item_created_at, reason, version)
  select i.id, coalesce(i.created_at, n.installed_at), 'forced', public.aura_photo_identity(i.image_url)
  from public.clothing_items i, public.aura_installation n
  where i.id = aura_admit_forced.item and i.image_url <> ''
    and public.aura_photo_outstanding(i.image_url, i.ai_tags) is null
    and not exists (select from public.aura_forced(i.id));
  perform public.aura_admit_item(aura_admit_forced.item);
  return query select public.aura_forced(aura_admit_forced.item);
end
$$;

-- Removes exactly these notes: what was asked for since then stays.
create or replace function public.aura_clear_forced(mark_ids bigint[]) returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from public.analysis_admitted a
    where a.id = any (aura_clear_forced.mark_ids) and a.reason = 'forced' returning 1)
  select count(*) from gone
$$;

-- Whether an item of the caller's has its tags and is to be analysed once more.
create or replace function public.aura_analysis_again(item uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.clothing_items i join public.analysis_admitted a on a.item_id = i.id
    left join public.analysis_failures f on f.item_id = i.id and f.permanent
    where i.id = aura_analysis_again.item and i.user_id = (select auth.uid()) and a.reason = 'forced'
      and not public.aura_admission_settled(a.reason, a.version, a.admitted_at, i.image_url, i.ai_tags, f.updated_at))
$$;

-- The consistent look at an item of the caller's (aura_analysis_state), and that besides.
create or replace function public.aura_analysis_status(item uuid)
returns table (id uuid, user_id uuid, image_url text, updated_at timestamptz, category text, color text, pattern text,
               tags text[], ai_tags jsonb, running boolean, abandoned boolean, wanted boolean, failure jsonb,
               again boolean)
language sql stable security invoker set search_path = '' as $$
  select s.*, public.aura_analysis_again(s.id) from public.aura_analysis_state(aura_analysis_status.item) s
$$;

revoke execute on function public.aura_analysis_again(uuid), public.aura_analysis_status(uuid),
  public.aura_forced(uuid), public.aura_admit_forced(uuid), public.aura_clear_forced(bigint[])
  from public, anon, authenticated;
grant execute on function public.aura_analysis_again(uuid), public.aura_analysis_status(uuid)
  to authenticated, service_role;
grant execute on function public.aura_forced(uuid), public.aura_admit_forced(uuid), public.aura_clear_forced(bigint[])
  to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123060000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
