-- Which process is at a task that only one may be at: hearing changes and listing outstanding work, where the processes
-- share a queue. Every subscriber costs of Realtime's limit of events per second.
--
-- Time is this database's alone, so nobody's clock has to be right. Whoever holds the lease stops by its own clock
-- before it runs out here.
set lock_timeout = '500ms';

create table if not exists public.aura_leadership (
  task text primary key,
  holder text not null,
  since timestamptz not null,
  expires_at timestamptz not null
);
alter table public.aura_leadership enable row level security;
revoke all on public.aura_leadership from public, anon, authenticated;
grant select, insert, update, delete on public.aura_leadership to service_role;

-- Takes or renews the lease for so many seconds from now, or says who has it; `free_in`: seconds that it has to run.
-- Who stands by only reads: asking every second locks and writes nothing.
create or replace function public.aura_take_leadership(task text, holder text, seconds double precision)
returns table (leads boolean, held_by text, free_in double precision)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  return query
    select false, l.holder, extract(epoch from l.expires_at - clock_timestamp())::double precision
    from public.aura_leadership l
    where l.task = aura_take_leadership.task and l.holder <> aura_take_leadership.holder
      and l.expires_at > clock_timestamp();
  if found then
    return;
  end if;
  return query
    insert into public.aura_leadership as l (task, holder, since, expires_at)
    values (aura_take_leadership.task, aura_take_leadership.holder, clock_timestamp(),
            clock_timestamp() + make_interval(secs => aura_take_leadership.seconds))
    on conflict (task) do update
      set holder = excluded.holder, expires_at = excluded.expires_at,
          since = case when l.holder = excluded.holder then l.since else excluded.since end
      where l.holder = excluded.holder or l.expires_at <= clock_timestamp()
    returning true, l.holder, aura_take_leadership.seconds;
  if not found then  -- somebody else was quicker
    return query select false, null::text, 0::double precision;
  end if;
end
$$;

-- Gives the lease up, for whoever asks next; false if it was not this holder's any more.
create or replace function public.aura_release_leadership(task text, holder text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  delete from public.aura_leadership l
  where l.task = aura_release_leadership.task and l.holder = aura_release_leadership.holder;
  return found;
end
$$;

revoke execute on function public.aura_take_leadership(text, text, double precision),
  public.aura_release_leadership(text, text) from public, anon, authenticated;
grant execute on function public.aura_take_leadership(text, text, double precision),
  public.aura_release_leadership(text, text) to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123080000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
