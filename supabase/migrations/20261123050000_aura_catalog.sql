-- The shop's products that the stylist may propose: whatever is sold, filled by the shop or by a partner's feed.
--
-- Words may be anybody's ("Blue Jeans", "pantolon"): the stylist brings them into its vocabulary, and leaves out what
-- it cannot read. Signed-in people read what is active; only the service role writes.
set lock_timeout = '500ms';

create table if not exists public.catalog_products (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  description text check (length(description) <= 2000),
  brand text check (length(brand) <= 200),
  category text check (length(category) <= 200),
  subcategory text check (length(subcategory) <= 200),
  color text check (length(color) <= 200),
  pattern text check (length(pattern) <= 200),
  material text check (length(material) <= 200),
  formality text check (formality in ('lounge', 'casual', 'smart_casual', 'business', 'formal')),
  seasons text[] check (seasons <@ array['spring', 'summer', 'autumn', 'winter']),
  gender text check (gender in ('women', 'men', 'unisex')),
  sizes text[],
  price numeric check (price >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  image_url text check (image_url ~ '^https?://' and length(image_url) <= 2000),
  affiliate_link text check (affiliate_link ~ '^https?://' and length(affiliate_link) <= 2000),
  active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
alter table public.catalog_products enable row level security;
revoke all on public.catalog_products from public, anon, authenticated;
grant select on public.catalog_products to authenticated;
grant select, insert, update, delete on public.catalog_products to service_role;

do $$
begin
  if not exists (select from pg_catalog.pg_policy
                 where polrelid = 'public.catalog_products'::regclass and polname = 'catalog_products_select_active') then
    create policy catalog_products_select_active on public.catalog_products for select to authenticated using (active);
  end if;
end
$$;

-- A text that differs whenever any active product differs, so that the products are read again only then: every row
-- counts with its xmin, the transaction that wrote this state of it (as in aura_wardrobe_version).
create or replace function public.aura_catalog_version() returns text
language sql stable security definer set search_path = '' as $$
  select count(*) || '.' || coalesce(sum(uuid_hash_extended(c.id, c.xmin::text::bigint)), 0)
  from public.catalog_products c where c.active
$$;
revoke execute on function public.aura_catalog_version() from public, anon, authenticated;
grant execute on function public.aura_catalog_version() to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123050000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
