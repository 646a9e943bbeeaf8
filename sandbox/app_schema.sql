-- The Aura app's own tables, as its Supabase project has them before this backend is installed.
-- Runs as `postgres`, the project's owner. The backend's additions are not here: they are the
-- migrations in supabase/migrations, which a real project applies in the same way.

-- ---------------------------------------------------------------- tables
create table public.users (
  id uuid primary key default gen_random_uuid(),
  email text unique not null,
  full_name text,
  username text unique,
  avatar_url text,
  bio text,
  last_login timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table public.profiles (
  user_id uuid primary key references public.users (id) on delete cascade,
  preferred_style jsonb,
  measurements jsonb,
  onboarding_skipped boolean default false,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table public.clothing_items (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users (id) on delete cascade,
  name text not null,
  category text,
  color text,
  pattern text,
  brand text,
  purchase_date date,
  price numeric,
  currency text default 'USD',
  image_url text,
  notes text,
  tags text[],
  ai_tags jsonb,
  last_worn_date date,
  is_favorite boolean default false,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table public.combinations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users (id) on delete cascade,
  name text not null,
  cover_image_url text,
  description text,
  is_public boolean default false,
  likes_count integer default 0,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table public.combination_items (
  id uuid primary key default gen_random_uuid(),
  combination_id uuid not null references public.combinations (id) on delete cascade,
  clothing_item_id uuid not null references public.clothing_items (id) on delete cascade,
  position_data jsonb,
  created_at timestamptz default now(),
  unique (combination_id, clothing_item_id)
);
create table public.likes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users (id) on delete cascade,
  combination_id uuid not null references public.combinations (id) on delete cascade,
  created_at timestamptz default now(),
  unique (user_id, combination_id)
);
create table public.comments (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users (id) on delete cascade,
  combination_id uuid not null references public.combinations (id) on delete cascade,
  parent_comment_id uuid references public.comments (id) on delete cascade,
  content text not null,
  likes_count integer default 0,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table public.follows (
  id uuid primary key default gen_random_uuid(),
  follower_id uuid not null references public.users (id) on delete cascade,
  following_id uuid not null references public.users (id) on delete cascade,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  unique (follower_id, following_id),
  check (follower_id <> following_id)
);
create table public.swap_listings (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users (id) on delete cascade,
  clothing_item_id uuid references public.clothing_items (id) on delete set null,
  title text not null,
  description text,
  images_urls text[],
  condition text check (condition in ('new', 'like_new', 'good', 'fair', 'poor')),
  preferred_swap_categories text[],
  is_active boolean default true,
  deleted_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table public.notifications (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users (id) on delete cascade,
  type text,
  title text,
  message text,
  data jsonb,
  is_read boolean default false,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create index clothing_items_user_id_idx on public.clothing_items (user_id);
create index clothing_items_category_idx on public.clothing_items (category);
create index clothing_items_tags_idx on public.clothing_items using gin (tags);
create index clothing_items_ai_tags_idx on public.clothing_items using gin (ai_tags);
create index combinations_user_id_idx on public.combinations (user_id);
create index combination_items_clothing_item_id_idx on public.combination_items (clothing_item_id);
create index likes_combination_id_idx on public.likes (combination_id);
create index comments_combination_id_idx on public.comments (combination_id);
create index swap_listings_user_id_idx on public.swap_listings (user_id);
create index notifications_user_id_idx on public.notifications (user_id);

-- ---------------------------------------------------------------- triggers
create function public.set_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end
$$;
create trigger set_updated_at before update on public.users
  for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.profiles
  for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.clothing_items
  for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.combinations
  for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.comments
  for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.follows
  for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.swap_listings
  for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.notifications
  for each row execute function public.set_updated_at();

create function public.count_likes() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    update public.combinations set likes_count = coalesce(likes_count, 0) + 1 where id = new.combination_id;
  else
    update public.combinations set likes_count = greatest(coalesce(likes_count, 0) - 1, 0)
      where id = old.combination_id;
  end if;
  return null;
end
$$;
create trigger count_likes after insert or delete on public.likes
  for each row execute function public.count_likes();

create function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.users (id, email, full_name)
    values (new.id, new.email, new.raw_user_meta_data ->> 'full_name')
    on conflict (id) do nothing;
  return new;
end
$$;
create trigger on_auth_user_created after insert on auth.users
  for each row when (new.email is not null) execute function public.handle_new_user();

create function public.handle_deleted_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.users where id = old.id;
  return old;
end
$$;
create trigger on_auth_user_deleted after delete on auth.users
  for each row execute function public.handle_deleted_user();

-- ---------------------------------------------------------------- row level security
alter table public.users enable row level security;
alter table public.profiles enable row level security;
alter table public.clothing_items enable row level security;
alter table public.combinations enable row level security;
alter table public.combination_items enable row level security;
alter table public.likes enable row level security;
alter table public.comments enable row level security;
alter table public.follows enable row level security;
alter table public.swap_listings enable row level security;
alter table public.notifications enable row level security;

create policy users_select on public.users for select using (auth.uid() = id);
create policy users_insert on public.users for insert with check (auth.uid() = id);
create policy users_update on public.users for update using (auth.uid() = id);

create policy profiles_select on public.profiles for select using (auth.uid() = user_id);
create policy profiles_insert on public.profiles for insert with check (auth.uid() = user_id);
create policy profiles_update on public.profiles for update using (auth.uid() = user_id);

create policy clothing_items_select on public.clothing_items for select using (auth.uid() = user_id);
create policy clothing_items_insert on public.clothing_items for insert with check (auth.uid() = user_id);
create policy clothing_items_update on public.clothing_items for update using (auth.uid() = user_id);
create policy clothing_items_delete on public.clothing_items for delete using (auth.uid() = user_id);

create policy combinations_select on public.combinations for select using (auth.uid() = user_id or is_public);
create policy combinations_insert on public.combinations for insert with check (auth.uid() = user_id);
create policy combinations_update on public.combinations for update using (auth.uid() = user_id);
create policy combinations_delete on public.combinations for delete using (auth.uid() = user_id);

create policy combination_items_select on public.combination_items for select using (
  exists (select from public.combinations c where c.id = combination_id and (c.user_id = auth.uid() or c.is_public)));
create policy combination_items_insert on public.combination_items for insert with check (
  exists (select from public.combinations c where c.id = combination_id and c.user_id = auth.uid()));
create policy combination_items_update on public.combination_items for update using (
  exists (select from public.combinations c where c.id = combination_id and c.user_id = auth.uid()));
create policy combination_items_delete on public.combination_items for delete using (
  exists (select from public.combinations c where c.id = combination_id and c.user_id = auth.uid()));

create policy likes_select on public.likes for select to authenticated using (true);
create policy likes_insert on public.likes for insert to authenticated with check (
  auth.uid() = user_id
  and exists (select from public.combinations c where c.id = combination_id and c.is_public));
create policy likes_delete on public.likes for delete to authenticated using (auth.uid() = user_id);

create policy comments_select on public.comments for select using (
  exists (select from public.combinations c where c.id = combination_id and c.is_public));
create policy comments_insert on public.comments for insert with check (
  auth.uid() = user_id
  and exists (select from public.combinations c where c.id = combination_id and c.is_public));
create policy comments_update on public.comments for update using (auth.uid() = user_id);
create policy comments_delete on public.comments for delete using (auth.uid() = user_id);

create policy follows_select on public.follows for select to authenticated using (true);
create policy follows_insert on public.follows for insert to authenticated with check (auth.uid() = follower_id);
create policy follows_delete on public.follows for delete to authenticated using (auth.uid() = follower_id);

create policy swap_listings_select on public.swap_listings for select using (is_active and deleted_at is null);
create policy swap_listings_insert on public.swap_listings for insert with check (auth.uid() = user_id);
create policy swap_listings_update on public.swap_listings for update using (auth.uid() = user_id);
create policy swap_listings_delete on public.swap_listings for delete using (auth.uid() = user_id);

create policy notifications_select on public.notifications for select using (auth.uid() = user_id);
create policy notifications_update on public.notifications for update using (auth.uid() = user_id);
create policy notifications_delete on public.notifications for delete using (auth.uid() = user_id);

-- ---------------------------------------------------------------- photos in Storage: one folder a person
insert into storage.buckets (id, name, public) values
  ('photos', 'photos', true),
  ('private-photos', 'private-photos', false);

create policy photos_select on storage.objects for select to authenticated using (
  bucket_id in ('photos', 'private-photos') and (storage.foldername(name))[1] = auth.uid()::text);
create policy photos_insert on storage.objects for insert to authenticated with check (
  bucket_id in ('photos', 'private-photos') and (storage.foldername(name))[1] = auth.uid()::text);
create policy photos_update on storage.objects for update to authenticated using (
  bucket_id in ('photos', 'private-photos') and (storage.foldername(name))[1] = auth.uid()::text);
create policy photos_delete on storage.objects for delete to authenticated using (
  bucket_id in ('photos', 'private-photos') and (storage.foldername(name))[1] = auth.uid()::text);
