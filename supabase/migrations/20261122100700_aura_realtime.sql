-- What Realtime carries: the app's three tables that call for work, and a canary that proves it still does.
set lock_timeout = '500ms';

create table if not exists public.aura_canary (
  id uuid primary key,
  beat bigint not null,
  at timestamptz not null default now()
);
alter table public.aura_canary enable row level security;
revoke all on public.aura_canary from public, anon, authenticated;
grant select, insert, update, delete on public.aura_canary to service_role;

-- The next beat of one daemon; daemons silent for an hour are forgotten.
create or replace function public.aura_beat(canary uuid) returns bigint
language sql volatile security definer set search_path = '' as $$
  delete from public.aura_canary c where c.id in (
    select o.id from public.aura_canary o
    where o.at < now() - interval '1 hour' and o.id <> aura_beat.canary for update skip locked);
  insert into public.aura_canary as c (id, beat) values (aura_beat.canary, 1)
  on conflict (id) do update set beat = c.beat + 1, at = now()
  returning c.beat
$$;
revoke execute on function public.aura_beat(uuid) from public, anon, authenticated;
grant execute on function public.aura_beat(uuid) to service_role;

do $$
declare
  wanted text;
begin
  foreach wanted in array array['clothing_items', 'likes', 'combinations', 'aura_canary'] loop
    if not exists (
      select from pg_catalog.pg_publication_tables
      where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = wanted
    ) then
      execute format('alter publication supabase_realtime add table public.%I', wanted);
    end if;
  end loop;
end
$$;

reset lock_timeout;
notify pgrst, 'reload schema';
