-- The triggers on the app's tables, and with them the moment of the installation.
--
-- A trigger needs a lock that writes wait for. All six tables are locked at once or not at all: a table that is
-- busy is not waited for longer than 100 ms, and what was locked until then is let go before the next try.
do $$
declare
  deadline timestamptz := clock_timestamp() + interval '60 seconds';
begin
  loop
    begin
      set local lock_timeout = '100ms';
      lock table public.clothing_items, public.combinations, public.combination_items, public.likes,
        public.comments, public.profiles in share row exclusive mode;
      exit;
    exception when lock_not_available or deadlock_detected then
      if clock_timestamp() > deadline then
        raise exception using
          errcode = 'lock_not_available',
          message = 'The app''s tables were busy for 60 seconds: no triggers were created.',
          hint = 'Some transaction stays open for long (see pg_stat_activity). Run the migration again later.';
      end if;
      perform pg_sleep(0.2 + random() * 0.3);
    end;
  end loop;
end
$$;

-- Nobody writes to clothing_items at this moment: what is not committed yet will fire the triggers.
insert into public.aura_installation (installed_at) values (now()) on conflict do nothing;

do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('clothing_items', 'aura_style_insert', 'insert', 'aura_mark_owners'),
      ('clothing_items', 'aura_style_delete', 'delete', 'aura_mark_owners'),
      ('clothing_items', 'aura_style_update', 'update', 'aura_mark_items_updated'),
      ('clothing_items', 'aura_admit_insert', 'insert', 'aura_admit_items'),
      ('clothing_items', 'aura_admit_update', 'update', 'aura_admit_items'),
      ('combinations', 'aura_style_insert', 'insert', 'aura_mark_owners'),
      ('combinations', 'aura_style_delete', 'delete', 'aura_mark_owners'),
      ('combinations', 'aura_style_update', 'update', 'aura_mark_combinations_updated'),
      ('combination_items', 'aura_style_insert', 'insert', 'aura_mark_outfits'),
      ('combination_items', 'aura_style_delete', 'delete', 'aura_mark_outfits'),
      ('combination_items', 'aura_style_update', 'update', 'aura_mark_outfits_updated'),
      ('likes', 'aura_style_insert', 'insert', 'aura_mark_owners'),
      ('likes', 'aura_style_delete', 'delete', 'aura_mark_owners'),
      ('likes', 'aura_style_update', 'update', 'aura_mark_likes_updated'),
      ('comments', 'aura_style_insert', 'insert', 'aura_mark_owners'),
      ('comments', 'aura_style_delete', 'delete', 'aura_mark_owners'),
      ('comments', 'aura_style_update', 'update', 'aura_mark_comments_updated'),
      ('profiles', 'aura_style_insert', 'insert', 'aura_mark_profiles'),
      ('profiles', 'aura_style_delete', 'delete', 'aura_mark_profiles'),
      ('profiles', 'aura_style_update', 'update', 'aura_mark_profiles_updated')
    ) as w (on_table, trigger_name, event, calls)
  loop
    execute format(
      'create or replace trigger %I after %s on public.%I referencing %s for each statement execute function public.%I()',
      wanted.trigger_name, wanted.event, wanted.on_table,
      case when wanted.event = 'update' then 'old table as old_rows new table as new_rows'
           when wanted.calls = 'aura_admit_items' then 'new table as new_rows'
           when wanted.event = 'insert' then 'new table as changed_rows'
           else 'old table as changed_rows' end,
      wanted.calls);
  end loop;
end
$$;

-- The version of the last migration: what the daemon needs is there when this is not older than it expects.
create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261122100800' $$;
revoke execute on function public.aura_schema_version() from public, anon, authenticated;
grant execute on function public.aura_schema_version() to service_role;

notify pgrst, 'reload schema';
