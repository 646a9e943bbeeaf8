-- The daily limits count money as well as calls: the most that a call may cost is set aside before it, what it did cost
-- is booked after it. Both under the lock on the project's row of the day, so they hold for any number of processes.
--
-- Who is killed in between leaves the money set aside until the end of the day: the limit is never passed, at worst a
-- little of it is not used.
set lock_timeout = '500ms';

alter table public.analysis_usage add column if not exists spent_usd numeric not null default 0;
alter table public.analysis_usage add column if not exists held_usd numeric not null default 0;

-- One call more, if all limits allow it; nothing is counted when it is refused. A null limit is no limit; a null user
-- counts for the project only. Refused for money that calls under way may yet give back, it is worth asking again in a
-- minute. The calls and dollars of the project are as of after this call. Older processes pass the first three alone.
drop function if exists public.aura_reserve_call(uuid, integer, integer);
create or replace function public.aura_reserve_call(
  target_user uuid, project_limit integer, user_limit integer,
  hold_usd numeric default 0, project_usd numeric default null, user_usd numeric default null)
returns table (granted boolean, scope text, resets_at timestamptz, unit text, day date, project_calls integer,
               project_spent_usd numeric)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  project constant uuid := '00000000-0000-0000-0000-000000000000';
  today date := (clock_timestamp() at time zone 'utc')::date;
  tomorrow timestamptz := (today + 1)::timestamp at time zone 'utc';
  most_calls integer[] := array[project_limit, user_limit];
  most_usd numeric[] := array[project_usd, user_usd];
  scopes constant text[] := array['project', 'user'];
  counted public.analysis_usage[];
  one public.analysis_usage;
  whom uuid;
begin
  foreach whom in array array_remove(array[project, nullif(target_user, project)], null) loop
    insert into public.analysis_usage as u (day, user_id) values (today, whom)
    on conflict (day, user_id) do update set calls = u.calls  -- only to lock the row and read what is committed
    returning u.* into one;
    counted := array_append(counted, one);
  end loop;
  for n in 1 .. cardinality(counted) loop
    if counted[n].calls >= most_calls[n] then
      return query select false, scopes[n], tomorrow, 'calls', today, counted[1].calls, counted[1].spent_usd;
      return;
    elsif counted[n].spent_usd + counted[n].held_usd + hold_usd > most_usd[n] then
      return query
        select false, scopes[n],
               case when counted[n].spent_usd + hold_usd > most_usd[n] then tomorrow
                    else least(tomorrow, clock_timestamp() + interval '1 minute') end,
               'usd', today, counted[1].calls, counted[1].spent_usd;
      return;
    end if;
  end loop;
  update public.analysis_usage u set calls = u.calls + 1, held_usd = u.held_usd + hold_usd
  where u.day = today and u.user_id in (project, target_user);
  return query select true, null::text, tomorrow, null::text, today, counted[1].calls + 1, counted[1].spent_usd;
end
$$;

-- Books what a call has cost and gives back what was set aside for it on `reserved_on`.
create or replace function public.aura_settle_call(
  target_user uuid, reserved_on date, held_usd numeric, spent_usd numeric) returns void
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  whom uuid;
begin
  -- One after the other, the project first, as they are reserved: nobody can deadlock.
  foreach whom in array array['00000000-0000-0000-0000-000000000000', aura_settle_call.target_user] loop
    update public.analysis_usage u
    set held_usd = greatest(u.held_usd - aura_settle_call.held_usd, 0),
        spent_usd = u.spent_usd + aura_settle_call.spent_usd
    where u.day = aura_settle_call.reserved_on and u.user_id = whom;
  end loop;
end
$$;

revoke execute on function public.aura_reserve_call(uuid, integer, integer, numeric, numeric, numeric),
  public.aura_settle_call(uuid, date, numeric, numeric) from public, anon, authenticated;
grant execute on function public.aura_reserve_call(uuid, integer, integer, numeric, numeric, numeric),
  public.aura_settle_call(uuid, date, numeric, numeric) to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123040000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
