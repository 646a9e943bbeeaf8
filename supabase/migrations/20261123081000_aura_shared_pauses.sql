-- What the analyzer's own quota holds up, it holds up for every process: the moment that one of them was told keeps the
-- others from asking before it. An outage that one process sees is not passed on: it may be that process's own.
set lock_timeout = '500ms';

-- As before; and nothing is granted, scope "analyzer", while the named analyzer's quota is known to be spent. Moments come
-- from the processes' clocks, and so does `asked_at`. Older processes pass neither.
drop function if exists public.aura_reserve_call(uuid, integer, integer, numeric, numeric, numeric);
create or replace function public.aura_reserve_call(
  target_user uuid, project_limit integer, user_limit integer,
  hold_usd numeric default 0, project_usd numeric default null, user_usd numeric default null,
  analyzer text default null, asked_at timestamptz default clock_timestamp())
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
  paused_until timestamptz;
begin
  select p.until into paused_until from public.analysis_pauses p
  where p.analyzer = aura_reserve_call.analyzer and p.code = 'analyzer_quota' and p.until > asked_at;
  if found then
    return query
      select false, 'analyzer', paused_until, null::text, today, coalesce(u.calls, 0), coalesce(u.spent_usd, 0)
      from (select) one_row left join public.analysis_usage u on u.day = today and u.user_id = project;
    return;
  end if;
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

revoke execute on function
  public.aura_reserve_call(uuid, integer, integer, numeric, numeric, numeric, text, timestamptz)
  from public, anon, authenticated;
grant execute on function
  public.aura_reserve_call(uuid, integer, integer, numeric, numeric, numeric, text, timestamptz)
  to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123081000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
