-- Style marks: who changed something that their style DNA is made from.
--
-- A mark is appended, never updated, and has neither a unique nor a foreign key on the person: the app's writes
-- have nothing to wait on. The handler lists the marks, reads, writes, and deletes exactly the marks it listed.
--
-- What matters to style (aura_style_fingerprint covers the same columns, a test compares the two):
--   clothing_items     category, color, pattern, brand, tags, last_worn_date, is_favorite, ai_tags without `source`
--   combinations       name, description, is_public (not the cover or the counter of likes): marks the owner, and
--                      those who like or comment it, because they see those words (1,000 of each at most: the audit
--                      finds the others; a write of the app must not pay for a popular outfit)
--   combination_items  which item is in which combination: marks the combination's owner
--   likes              which combination: marks the person who likes
--   comments           combination and content: marks the writer
--   profiles           preferred_style without the `style_dna` key
-- A row that changes its owner marks both.
set lock_timeout = '500ms';

create table if not exists public.style_dirty (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  at timestamptz not null default now()
);
create index if not exists style_dirty_user on public.style_dirty (user_id, id);
alter table public.style_dirty enable row level security;
revoke all on public.style_dirty from public, anon, authenticated;
grant select, insert, delete on public.style_dirty to service_role;

-- What the person chose, without what the machine wrote beside it. Null and {} are the same choice: none.
create or replace function public.aura_style_choices(preferred_style jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case pg_catalog.jsonb_typeof(preferred_style)
    when 'object' then nullif(preferred_style operator(pg_catalog.-) 'style_dna', '{}')
    when 'null' then null
    else preferred_style
  end
$$;

-- The tags without the note of where they came from.
create or replace function public.aura_style_tags(ai_tags jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case pg_catalog.jsonb_typeof(ai_tags)
    when 'object' then ai_tags operator(pg_catalog.-) 'source'
    else ai_tags
  end
$$;

-- The trigger functions. None may fail or delay the app's write:
--   * SECURITY DEFINER, because the app's roles may not touch style_dirty;
--   * any error is caught and logged (the audit by fingerprint finds the person later);
--   * lock_timeout bounds the one wait there can be, an administrator's lock on style_dirty;
--   * an update counts each state of a row: +1 as it is now, -1 as it was. What does not cancel out has changed.
--     One pass over both transition tables, and a cached plan is as good for 10,000 rows as for one; a join of
--     the two would turn quadratic.

-- INSERT and DELETE on every table with a user_id.
create or replace function public.aura_mark_owners() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select distinct c.user_id from changed_rows c where c.user_id is not null;
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

create or replace function public.aura_mark_items_updated() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select distinct user_id from (
    select user_id from (
      select id, user_id, category, color, pattern, brand, tags, last_worn_date, is_favorite,
             public.aura_style_tags(ai_tags) as style_tags, 1 as sign from new_rows
      union all
      select id, user_id, category, color, pattern, brand, tags, last_worn_date, is_favorite,
             public.aura_style_tags(ai_tags), -1 from old_rows
    ) states
    group by id, user_id, category, color, pattern, brand, tags, last_worn_date, is_favorite, style_tags
    having sum(sign) <> 0
  ) changed
  where user_id is not null;
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

create or replace function public.aura_mark_combinations_updated() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
declare
  changed uuid[];
begin
  changed := array(
    select id from (
      select id, user_id, name, description, is_public, 1 as sign from new_rows
      union all
      select id, user_id, name, description, is_public, -1 from old_rows
    ) states
    group by id, user_id, name, description, is_public having sum(sign) <> 0);
  if changed = '{}' then
    return null;
  end if;
  insert into public.style_dirty (user_id)
  select user_id from (
    select o.user_id from old_rows o where o.id = any (changed)
    union select n.user_id from new_rows n where n.id = any (changed)
    union (select l.user_id from public.likes l where l.combination_id = any (changed) limit 1000)
    union (select m.user_id from public.comments m where m.combination_id = any (changed) limit 1000)
  ) concerned
  where user_id is not null;
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

create or replace function public.aura_mark_likes_updated() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select distinct user_id from (
    select user_id from (
      select id, user_id, combination_id, 1 as sign from new_rows union all select id, user_id, combination_id, -1 from old_rows
    ) states
    group by id, user_id, combination_id having sum(sign) <> 0
  ) changed
  where user_id is not null;
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

create or replace function public.aura_mark_comments_updated() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select distinct user_id from (
    select user_id from (
      select id, user_id, combination_id, content, 1 as sign from new_rows union all select id, user_id, combination_id, content, -1 from old_rows
    ) states
    group by id, user_id, combination_id, content having sum(sign) <> 0
  ) changed
  where user_id is not null;
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

-- INSERT and DELETE: a profile without choices says nothing about style.
create or replace function public.aura_mark_profiles() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select c.user_id from changed_rows c where public.aura_style_choices(c.preferred_style) is not null;
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

create or replace function public.aura_mark_profiles_updated() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select distinct user_id from (
    select user_id from (
      select user_id, public.aura_style_choices(preferred_style) as choices, 1 as sign from new_rows
      union all
      select user_id, public.aura_style_choices(preferred_style), -1 from old_rows
    ) states
    group by user_id, choices having sum(sign) <> 0
  ) changed;
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

-- INSERT and DELETE on combination_items. With a deleted combination its owner is marked by the combination.
create or replace function public.aura_mark_outfits() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select distinct c.user_id from public.combinations c
  where c.user_id is not null and c.id in (select r.combination_id from changed_rows r);
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

create or replace function public.aura_mark_outfits_updated() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select distinct c.user_id from public.combinations c
  where c.user_id is not null and c.id in (
    select combination_id from (
      select id, combination_id, clothing_item_id, 1 as sign from new_rows
      union all
      select id, combination_id, clothing_item_id, -1 from old_rows
    ) states
    group by id, combination_id, clothing_item_id having sum(sign) <> 0);
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

-- Nobody calls a trigger function, and the two helpers are for this backend's functions only.
revoke execute on function
  public.aura_style_choices(jsonb), public.aura_style_tags(jsonb),
  public.aura_mark_owners(), public.aura_mark_items_updated(), public.aura_mark_combinations_updated(),
  public.aura_mark_likes_updated(), public.aura_mark_comments_updated(), public.aura_mark_profiles(),
  public.aura_mark_profiles_updated(), public.aura_mark_outfits(), public.aura_mark_outfits_updated()
  from public, anon, authenticated, service_role;

-- Who has marks, in order of the user's id: the next page begins after the last id of this one.
create or replace function public.aura_dirty_users(page_size integer, after_user uuid default null)
returns table (user_id uuid, oldest_at timestamptz)
language sql stable security definer set search_path = '' as $$
  select d.user_id, min(d.at) from public.style_dirty d
  where d.user_id > coalesce(aura_dirty_users.after_user, '00000000-0000-0000-0000-000000000000')
  group by d.user_id order by d.user_id
  limit least(greatest(aura_dirty_users.page_size, 1), 1000)
$$;

create or replace function public.aura_style_marks(target_user uuid, page_size integer) returns setof bigint
language sql stable security definer set search_path = '' as $$
  select d.id from public.style_dirty d where d.user_id = aura_style_marks.target_user
  order by d.id limit least(greatest(aura_style_marks.page_size, 1), 1000)
$$;

-- Deletes exactly these marks and says how many there were: ids commit out of order, so never "up to".
create or replace function public.aura_clear_style_marks(mark_ids bigint[]) returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from public.style_dirty d where d.id = any (aura_clear_style_marks.mark_ids) returning 1)
  select count(*) from gone
$$;

revoke execute on function public.aura_dirty_users(integer, uuid), public.aura_style_marks(uuid, integer),
  public.aura_clear_style_marks(bigint[]) from public, anon, authenticated;
grant execute on function public.aura_dirty_users(integer, uuid), public.aura_style_marks(uuid, integer),
  public.aura_clear_style_marks(bigint[]) to service_role;

reset lock_timeout;
notify pgrst, 'reload schema';
