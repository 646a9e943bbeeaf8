-- The indexes on the app's tables that keep the listings as cheap as the outstanding work.
--
-- `aura migrate` builds every index of this file CONCURRENTLY before it applies the file, which then finds
-- them there. With `supabase db push` they are built here, and writes to the table wait for it (about five
-- seconds for a million items).
set lock_timeout = '500ms';

-- An index that a failed concurrent build left behind is maintained, but never used: build it again.
do $$
declare
  unusable regclass;
begin
  for unusable in
    select indexrelid::regclass from pg_catalog.pg_index
    where not indisvalid and indexrelid in (
      to_regclass('public.clothing_items_aura_outstanding'), to_regclass('public.comments_aura_user'))
  loop
    execute 'drop index ' || unusable;
  end loop;
end
$$;

-- Where an index is there, nothing is locked: even "if not exists" would hold up writes until the transaction ends.
do $$
begin
  if to_regclass('public.clothing_items_aura_outstanding') is null then
    create index if not exists clothing_items_aura_outstanding
      on public.clothing_items (created_at, id)
      where public.aura_photo_outstanding(image_url, ai_tags) = 1;
  end if;
  if to_regclass('public.comments_aura_user') is null then
    create index if not exists comments_aura_user on public.comments (user_id);
  end if;
end
$$;

reset lock_timeout;
