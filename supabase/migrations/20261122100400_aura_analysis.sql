-- What an analysis needs beside the row: one at a time (leases), paid once (cache), failures that people can
-- read, and the daily limits. No table has a foreign key to the app's tables: nothing for its writes to wait on;
-- aura_prune removes what belonged to rows that are gone.
set lock_timeout = '500ms';

create table if not exists public.analysis_leases (
  item_id uuid primary key,
  photo text not null,
  holder text not null,
  expires_at timestamptz not null
);
create table if not exists public.analysis_cache (
  content_hash text not null,
  analyzer text not null,
  version text not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (content_hash, analyzer, version)
);
create index if not exists analysis_cache_created_at on public.analysis_cache (created_at);
create table if not exists public.analysis_failures (
  item_id uuid primary key,
  user_id uuid not null,
  photo text not null,
  attempts integer not null default 1,
  code text not null,
  message text not null,
  permanent boolean not null,
  next_attempt_at timestamptz not null,
  first_failed_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index if not exists analysis_failures_user on public.analysis_failures (user_id);
-- A day is a UTC day. The all-zero user_id stands for the whole project.
create table if not exists public.analysis_usage (
  day date not null,
  user_id uuid not null,
  calls integer not null default 0,
  primary key (day, user_id)
);

alter table public.analysis_leases enable row level security;
alter table public.analysis_cache enable row level security;
alter table public.analysis_failures enable row level security;
alter table public.analysis_usage enable row level security;
revoke all on public.analysis_leases, public.analysis_cache, public.analysis_failures, public.analysis_usage
  from public, anon, authenticated;
grant select, insert, update, delete on public.analysis_leases, public.analysis_cache, public.analysis_failures,
  public.analysis_usage to service_role;
grant select on public.analysis_failures to authenticated;

do $$
begin
  if not exists (select from pg_catalog.pg_policy
                 where polrelid = 'public.analysis_failures'::regclass
                   and polname = 'analysis_failures_select_own') then
    create policy analysis_failures_select_own on public.analysis_failures for select to authenticated
      using (user_id = (select auth.uid()));
  end if;
end
$$;

-- Exactly one holder has the lease until it expires or is released; its holder may take it again to extend it.
create or replace function public.aura_take_lease(item uuid, photo text, holder text, seconds double precision)
returns table (taken boolean, held_by text, expires_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return query
    insert into public.analysis_leases as l (item_id, photo, holder, expires_at)
    values (aura_take_lease.item, aura_take_lease.photo, aura_take_lease.holder,
            clock_timestamp() + make_interval(secs => aura_take_lease.seconds))
    on conflict (item_id) do update
      set photo = excluded.photo, holder = excluded.holder, expires_at = excluded.expires_at
      where l.holder = excluded.holder or l.expires_at <= clock_timestamp()
    returning true, l.holder, l.expires_at;
  if not found then
    return query
      select false, l.holder, l.expires_at from public.analysis_leases l where l.item_id = aura_take_lease.item;
  end if;
  if not found then  -- released in this very moment: not ours, but free for the next try
    return query select false, null::text, clock_timestamp();
  end if;
end
$$;

-- Counts the attempts on one photo, since its first failure; another photo begins at 1 again.
create or replace function public.aura_record_failure(
  item uuid, owner uuid, photo text, code text, message text, permanent boolean, next_attempt_at timestamptz)
returns integer
language sql volatile security definer set search_path = '' as $$
  insert into public.analysis_failures as f
    (item_id, user_id, photo, code, message, permanent, next_attempt_at)
  values (aura_record_failure.item, aura_record_failure.owner, aura_record_failure.photo,
          aura_record_failure.code, aura_record_failure.message, aura_record_failure.permanent,
          coalesce(aura_record_failure.next_attempt_at, now()))
  on conflict (item_id) do update set
    attempts = case when f.photo = excluded.photo then f.attempts + 1 else 1 end,
    first_failed_at = case when f.photo = excluded.photo then f.first_failed_at else now() end,
    user_id = excluded.user_id, photo = excluded.photo, code = excluded.code, message = excluded.message,
    permanent = excluded.permanent, next_attempt_at = excluded.next_attempt_at, updated_at = now()
  returning f.attempts
$$;

create or replace function public.aura_clear_failure(item uuid) returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.analysis_failures f where f.item_id = aura_clear_failure.item
$$;

-- One call more, if both limits allow it; nothing is counted when it is refused. A null limit is no limit; a null
-- user counts for the project only. The project's row is always locked first, so nobody can deadlock.
create or replace function public.aura_reserve_call(target_user uuid, project_limit integer, user_limit integer)
returns table (granted boolean, scope text, resets_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
declare
  project constant uuid := '00000000-0000-0000-0000-000000000000';
  today date := (clock_timestamp() at time zone 'utc')::date;
  tomorrow timestamptz := (today + 1)::timestamp at time zone 'utc';
  counted integer[];
  whom uuid;
begin
  foreach whom in array array_remove(array[project, nullif(target_user, project)], null) loop
    insert into public.analysis_usage as u (day, user_id, calls) values (today, whom, 0)
    on conflict (day, user_id) do update set calls = u.calls  -- only to lock the row and read what is committed
    returning array_append(counted, u.calls) into counted;
  end loop;
  if counted[1] >= project_limit then
    return query select false, 'project', tomorrow;
  elsif counted[2] >= user_limit then
    return query select false, 'user', tomorrow;
  else
    update public.analysis_usage u set calls = u.calls + 1
    where u.day = today and u.user_id in (project, target_user);
    return query select true, null::text, tomorrow;
  end if;
end
$$;

revoke execute on function
  public.aura_take_lease(uuid, text, text, double precision),
  public.aura_record_failure(uuid, uuid, text, text, text, boolean, timestamptz), public.aura_clear_failure(uuid),
  public.aura_reserve_call(uuid, integer, integer)
  from public, anon, authenticated;
grant execute on function
  public.aura_take_lease(uuid, text, text, double precision),
  public.aura_record_failure(uuid, uuid, text, text, text, boolean, timestamptz), public.aura_clear_failure(uuid),
  public.aura_reserve_call(uuid, integer, integer)
  to service_role;

reset lock_timeout;
notify pgrst, 'reload schema';
