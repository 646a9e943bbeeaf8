-- What a person may know about the analysis of their own item while it runs, and the note that they asked for one.
--
-- Leases and admissions are the backend's own. A person learns three booleans about an item that is theirs from
-- aura_analysis_progress(), which alone looks at those tables for them; everything else is read with the person's
-- own rights, under Row Level Security.
set lock_timeout = '500ms';

-- `asked`: a person asked for it through the API, so the daemon goes on where a request ended too early. Not valid:
-- what is there already keeps the narrower rule, and a large table is not read while it is locked.
alter table public.analysis_admitted drop constraint if exists analysis_admitted_reason_check;
alter table public.analysis_admitted add constraint analysis_admitted_reason_check
  check (reason in ('backfill', 'photo_changed', 'stale', 'late', 'asked')) not valid;

-- running: somebody analyses it right now; abandoned: somebody did and never came back; wanted: it will be analysed
-- without being asked for. No row for an item that is not the caller's.
create or replace function public.aura_analysis_progress(item uuid)
returns table (running boolean, abandoned boolean, wanted boolean)
language sql stable security definer set search_path = '' as $$
  select coalesce(l.expires_at > clock_timestamp(), false), coalesce(l.expires_at <= clock_timestamp(), false),
         coalesce(i.created_at >= n.installed_at, false)
         or exists (select from public.analysis_admitted a where a.item_id = i.id)
  from public.clothing_items i
  left join public.analysis_leases l on l.item_id = i.id
  left join public.aura_installation n on true
  where i.id = aura_analysis_progress.item and i.user_id = (select auth.uid())
$$;

-- One consistent look at an item of the caller's: the row, its progress, and how its current photo failed last.
-- One statement, so one snapshot: who sees that nobody is at it also sees all that they wrote.
create or replace function public.aura_analysis_state(item uuid)
returns table (id uuid, user_id uuid, image_url text, updated_at timestamptz, category text, color text, pattern text,
               tags text[], ai_tags jsonb, running boolean, abandoned boolean, wanted boolean, failure jsonb)
language sql stable security invoker set search_path = '' as $$
  select i.id, i.user_id, i.image_url, i.updated_at, i.category, i.color, i.pattern, i.tags, i.ai_tags,
         p.running, p.abandoned, p.wanted,
         case when f.item_id is not null then jsonb_build_object(
           'code', f.code, 'message', f.message, 'permanent', f.permanent,
           'next_attempt_at', f.next_attempt_at, 'failed_at', f.updated_at) end
  from public.clothing_items i
  cross join lateral public.aura_analysis_progress(i.id) p
  left join public.analysis_failures f
    on f.item_id = i.id and f.user_id = i.user_id and f.photo = public.aura_photo_identity(i.image_url)
  where i.id = aura_analysis_state.item and i.user_id = (select auth.uid())
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
    and not exists (select from public.analysis_admitted a where a.item_id = i.id and a.reason not in ('stale', 'backfill'));
  return found;
end
$$;

revoke execute on function public.aura_analysis_progress(uuid), public.aura_analysis_state(uuid),
  public.aura_admit_item(uuid) from public, anon, authenticated;
grant execute on function public.aura_analysis_progress(uuid), public.aura_analysis_state(uuid)
  to authenticated, service_role;
grant execute on function public.aura_admit_item(uuid) to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123030000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
