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

revoke execute on function public.aura_style_choices(jsonb), public.aura_style_tags(jsonb)
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
