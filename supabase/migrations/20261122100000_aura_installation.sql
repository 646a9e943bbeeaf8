-- Checks that this is the Aura app's project, and says what an outstanding photo is.
--
-- All files of this folder only add: the app's own tables, columns, policies and triggers stay as they are.
-- Every file can be applied again without harm. `aura migrate` applies them without blocking the app's writes;
-- `supabase db push` works too, but then the indexes of the next file are built while writes wait.
set lock_timeout = '500ms';

do $$
declare
  missing text;
begin
  select string_agg(needed, ', ' order by needed) into missing
  from unnest(array[
    'users.id',
    'clothing_items.id', 'clothing_items.user_id', 'clothing_items.image_url', 'clothing_items.ai_tags',
    'clothing_items.category', 'clothing_items.color', 'clothing_items.pattern', 'clothing_items.brand',
    'clothing_items.tags', 'clothing_items.last_worn_date', 'clothing_items.is_favorite',
    'clothing_items.created_at', 'clothing_items.updated_at',
    'combinations.id', 'combinations.user_id', 'combinations.name', 'combinations.description',
    'combinations.is_public',
    'combination_items.id', 'combination_items.combination_id', 'combination_items.clothing_item_id',
    'likes.id', 'likes.user_id', 'likes.combination_id',
    'comments.id', 'comments.user_id', 'comments.combination_id', 'comments.content',
    'profiles.user_id', 'profiles.preferred_style'
  ]) needed
  where not exists (
    select from pg_catalog.pg_attribute a
    where a.attrelid = to_regclass('public.' || split_part(needed, '.', 1))
      and a.attname = split_part(needed, '.', 2) and not a.attisdropped);
  if missing is not null then
    raise exception using
      message = 'This is not the Aura app''s database: missing in schema public: ' || missing || '.',
      hint = 'Apply the app''s own migrations first, or check SUPABASE_DB_URL.';
  end if;

  -- Writes of the tags are conditional on updated_at: without the trigger a person's edit could be overwritten.
  if not exists (
    select from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
    where t.tgrelid = 'public.clothing_items'::regclass and not t.tgisinternal and t.tgenabled in ('O', 'A')
      and t.tgtype & 19 = 19  -- for each row (1), before (2), update (16)
      and (p.prosrc like '%updated_at%' or encode(t.tgargs, 'escape') like '%updated_at%')
  ) then
    raise exception using
      message = 'public.clothing_items has no BEFORE UPDATE trigger that sets updated_at.',
      hint = 'Create the app''s updated_at trigger first: without it a person''s edit could be overwritten.';
  end if;

  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    raise exception using
      message = 'The publication supabase_realtime is missing: Realtime cannot send any change.',
      hint = 'Enable Realtime for the project, or run: create publication supabase_realtime;';
  end if;

  select string_agg(needed, ', ') into missing
  from unnest(array['anon', 'authenticated', 'service_role']) needed
  where not exists (select from pg_catalog.pg_roles where rolname = needed);
  if missing is not null or to_regprocedure('auth.uid()') is null then
    raise exception using
      message = 'This is not a Supabase project: the role(s) ' || coalesce(missing, '-') || ' or auth.uid() are missing.',
      hint = 'Check SUPABASE_DB_URL.';
  end if;
end
$$;

-- One photo has one identity, however its link is signed or resized; aura/photos/identity.py follows the same
-- rule: <origin>/storage/v1/object/<path> for whatever is ^<origin>/storage/v1/(object|render/image)/
-- (public|sign|authenticated)/<path>, up to a query or fragment, and every other URL as it is. Written without a
-- regular expression, which would cost forty times as much (0.19 ms) in every write of the app and index build.
create or replace function public.aura_photo_identity(url text) returns text
language plpgsql immutable strict parallel safe set search_path = '' as $$
declare
  start integer := strpos(url, '/storage/v1/');
  origin text := left(url, greatest(start - 1, 0));
  host text := case when starts_with(origin, 'https://') then substr(origin, 9)
                    when starts_with(origin, 'http://') then substr(origin, 8) end;
  path text;
begin
  if start = 0 or host is null or host = '' or host <> translate(host, '/?#', '') then
    return url;
  end if;
  path := split_part(split_part(substr(url, start + 12), '?', 1), '#', 1);
  path := case when starts_with(path, 'object/') then substr(path, 8)
               when starts_with(path, 'render/image/') then substr(path, 14) end;
  path := case when starts_with(path, 'public/') then substr(path, 8)
               when starts_with(path, 'sign/') then substr(path, 6)
               when starts_with(path, 'authenticated/') then substr(path, 15) end;
  return case when path <> '' then origin || '/storage/v1/object/' || path else url end;
end
$$;

-- 1 for a row whose tags do not belong to its current photo, else null. It has no `set` clause, because the
-- planner has to see through it to use the index; every name in it is qualified instead.
create or replace function public.aura_photo_outstanding(image_url text, ai_tags jsonb) returns integer
language sql immutable parallel safe as $$
  select case
    when image_url operator(pg_catalog.<>) ''
     and (((ai_tags operator(pg_catalog.->) 'source') operator(pg_catalog.->>) 'photo') is null
          or ((ai_tags operator(pg_catalog.->) 'source') operator(pg_catalog.->>) 'photo')
             operator(pg_catalog.<>) public.aura_photo_identity(image_url))
    then 1
  end
$$;
-- The app's own writes evaluate both through the index, so everybody may execute them.
grant execute on function public.aura_photo_identity(text), public.aura_photo_outstanding(text, jsonb) to public;

-- Rows older than this moment wait for `aura backfill`. The moment is set when the triggers are created.
create table if not exists public.aura_installation (
  singleton boolean primary key default true check (singleton),
  installed_at timestamptz not null
);
alter table public.aura_installation enable row level security;
revoke all on public.aura_installation from public, anon, authenticated;
grant select on public.aura_installation to service_role;

reset lock_timeout;
notify pgrst, 'reload schema';
