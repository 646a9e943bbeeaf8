-- Word of changes between processes: one that takes webhooks and runs no consumer tells those that do.
--
-- The word is one row of aura_canary, of the id that no daemon has (all zeros), because that table is already in the
-- publication: a daemon hears it at once over Realtime while it is heard at all, and reads it at its next look at the
-- database otherwise. It says only that something changed; what, the outstanding lists say.
set lock_timeout = '500ms';

-- At most one write a second, however many processes call. False: there was one within the last second, which may
-- have been noticed before the caller's change; whoever calls again a second later has written, or was preceded by
-- somebody who wrote after the first call.
create or replace function public.aura_wake() returns boolean
language sql volatile security definer set search_path = '' as $$
  with written as (
    insert into public.aura_canary as c (id, beat, at)
    values ('00000000-0000-0000-0000-000000000000', 1, clock_timestamp())
    on conflict (id) do update set beat = c.beat + 1, at = clock_timestamp()
      where c.at not between clock_timestamp() - interval '1 second' and clock_timestamp()
    returning true
  )
  select exists (select from written)
$$;

-- When that was last; null for an hour and more ago, when aura_beat() has cleared it away.
create or replace function public.aura_woken() returns timestamptz
language sql stable security definer set search_path = '' as $$
  select c.at from public.aura_canary c where c.id = '00000000-0000-0000-0000-000000000000'
$$;

revoke execute on function public.aura_wake(), public.aura_woken() from public, anon, authenticated;
grant execute on function public.aura_wake(), public.aura_woken() to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123010000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
