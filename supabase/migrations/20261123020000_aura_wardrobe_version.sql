-- One short text that changes whenever anything changes that a person's recommendations are made from, so that an
-- answer can be kept for as long as it is true.
--
-- No counter in a trigger (writes of the same person would wait for each other at it) and no updated_at (a delete
-- leaves none, and two changes may share one): every row is taken with its xmin, the transaction that wrote this
-- state of it. Whatever a transaction inserts or updates carries its number, what it deletes is missing, and rows
-- written anew are other rows. Sums of 64-bit hashes, so that no order and no sorting is needed. Reads each row of
-- the person by the index on user_id, and none of anybody else's.
set lock_timeout = '500ms';

create or replace function public.aura_wardrobe_version() returns text
language plpgsql stable security invoker set search_path = '' as $$
declare
  me constant uuid := auth.uid();
begin
  if me is null then
    raise exception 'aura_wardrobe_version() answers people, by their access token' using errcode = '42501';
  end if;
  return encode(sha256(convert_to(concat_ws('/',
    (select count(*) || '.' || coalesce(sum(uuid_hash_extended(i.id, i.xmin::text::bigint)), 0)
     from public.clothing_items i where i.user_id = me),
    (select count(*) || '.' || coalesce(sum(uuid_hash_extended(c.id, c.xmin::text::bigint)), 0)
     from public.combinations c where c.user_id = me),
    (select count(*) || '.' || coalesce(sum(uuid_hash_extended(p.id, p.xmin::text::bigint)), 0)
     from public.combinations c join public.combination_items p on p.combination_id = c.id where c.user_id = me),
    (select count(*) || '.' || coalesce(sum(uuid_hash_extended(l.id, l.xmin::text::bigint)), 0)
     from public.likes l where l.user_id = me),
    (select count(*) || '.' || coalesce(sum(uuid_hash_extended(s.id, s.xmin::text::bigint)), 0)
     from public.swap_listings s where s.user_id = me),
    (select count(*) || '.' || coalesce(sum(uuid_hash_extended(p.user_id, p.xmin::text::bigint)), 0)
     from public.profiles p where p.user_id = me),
    (select count(*) || '.' || coalesce(sum(uuid_hash_extended(a.user_id, a.xmin::text::bigint)), 0)
     from public.ai_profiles a where a.user_id = me)
  ), 'UTF8')), 'hex');
end
$$;

revoke execute on function public.aura_wardrobe_version() from public, anon, service_role;
grant execute on function public.aura_wardrobe_version() to authenticated;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123020000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
