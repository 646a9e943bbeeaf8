-- The functions that write style marks; the triggers that call them come last, in a file of their own.
--
-- None may fail or delay the app's write:
--   * SECURITY DEFINER, because the app's roles may not touch style_dirty;
--   * any error is caught and logged (the audit by fingerprint finds the person later);
--   * lock_timeout bounds the one wait there can be, an administrator's lock on style_dirty;
--   * an update counts each state of a row: +1 as it is now, -1 as it was. What does not cancel out has changed.
--     One pass over both transition tables, and a cached plan is as good for 10,000 rows as for one; a join of
--     the two would turn quadratic.
set lock_timeout = '500ms';

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

-- Nobody calls a trigger function.
revoke execute on function
  public.aura_mark_owners(), public.aura_mark_items_updated(), public.aura_mark_combinations_updated(),
  public.aura_mark_likes_updated(), public.aura_mark_comments_updated(), public.aura_mark_profiles(),
  public.aura_mark_profiles_updated(), public.aura_mark_outfits(), public.aura_mark_outfits_updated()
  from public, anon, authenticated, service_role;

reset lock_timeout;
