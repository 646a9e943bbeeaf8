-- Style DNA: where it is kept, a fingerprint of all that it is made from, and the slow audit that checks the marks.
set lock_timeout = '500ms';

create table if not exists public.ai_profiles (
  user_id uuid primary key,
  dna jsonb not null,
  fingerprint text not null,
  computed_at timestamptz not null default now()
);
alter table public.ai_profiles enable row level security;
revoke all on public.ai_profiles from public, anon, authenticated;
grant select, insert, update on public.ai_profiles to authenticated;
grant select, insert, update, delete on public.ai_profiles to service_role;

do $$
begin
  if not exists (select from pg_catalog.pg_policy
                 where polrelid = 'public.ai_profiles'::regclass and polname = 'ai_profiles_select_own') then
    create policy ai_profiles_select_own on public.ai_profiles for select to authenticated
      using (user_id = (select auth.uid()));
    create policy ai_profiles_insert_own on public.ai_profiles for insert to authenticated
      with check (user_id = (select auth.uid()));
    create policy ai_profiles_update_own on public.ai_profiles for update to authenticated
      using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
  end if;
end
$$;

-- sha256 (hex) over every input of a person's style DNA, in an order of its own; the same columns as the marks.
-- jsonb writes dates and texts alike whatever the session's settings, so equal inputs give equal fingerprints.
create or replace function public.aura_style_fingerprint(target_user uuid) returns text
language sql stable security definer set search_path = '' as $$
  select encode(sha256(convert_to(jsonb_build_array(
    (select jsonb_agg(jsonb_build_array(i.id, i.category, i.color, i.pattern, i.brand, i.tags, i.last_worn_date,
                                        i.is_favorite, public.aura_style_tags(i.ai_tags)) order by i.id)
     from public.clothing_items i where i.user_id = aura_style_fingerprint.target_user),
    (select jsonb_agg(jsonb_build_array(c.id, c.name, c.description, c.is_public) order by c.id)
     from public.combinations c where c.user_id = aura_style_fingerprint.target_user),
    (select jsonb_agg(jsonb_build_array(p.id, p.combination_id, p.clothing_item_id) order by p.id)
     from public.combinations c join public.combination_items p on p.combination_id = c.id
     where c.user_id = aura_style_fingerprint.target_user),
    (select jsonb_agg(jsonb_build_array(l.id, c.id, c.name, c.description, c.is_public) order by l.id)
     from public.likes l join public.combinations c on c.id = l.combination_id where l.user_id = aura_style_fingerprint.target_user),
    (select jsonb_agg(jsonb_build_array(m.id, c.id, m.content, c.name, c.description, c.is_public) order by m.id)
     from public.comments m join public.combinations c on c.id = m.combination_id where m.user_id = aura_style_fingerprint.target_user),
    (select public.aura_style_choices(p.preferred_style)
     from public.profiles p where p.user_id = aura_style_fingerprint.target_user)
  )::text, 'UTF8')), 'hex')
$$;

-- Walks the people in order of id and marks those whose style DNA is not what it should be: made from other
-- inputs, or no longer mirrored in profiles. Who has neither a DNA nor any input is fine, who is marked already
-- is left alone. `last_user` is null when there was nobody left to check.
create or replace function public.aura_audit_style(page_size integer, after_user uuid default null)
returns table (last_user uuid, checked integer, marked integer)
language sql volatile security definer set search_path = '' as $$
  with page as materialized (
    select u.id from public.users u
    where u.id > coalesce(aura_audit_style.after_user, '00000000-0000-0000-0000-000000000000')
    order by u.id limit least(greatest(aura_audit_style.page_size, 1), 1000)
  ), judged as materialized (
    select page.id, public.aura_style_fingerprint(page.id) as now_is, a.fingerprint as was, a.dna,
           p.user_id is not null and coalesce(jsonb_typeof(p.preferred_style), 'null') in ('object', 'null')
             as mirrors, p.preferred_style -> 'style_dna' as mirrored
    from page left join public.ai_profiles a on a.user_id = page.id
              left join public.profiles p on p.user_id = page.id
  ), marks as (
    insert into public.style_dirty (user_id)
    select j.id from judged j
    where (case when j.was is null
                then j.now_is <> public.aura_style_fingerprint('00000000-0000-0000-0000-000000000000')
                else j.was <> j.now_is or (j.mirrors and j.mirrored is distinct from j.dna) end)
      and not exists (select from public.style_dirty d where d.user_id = j.id)
    returning 1
  )
  select (select id from page order by id desc limit 1), (select count(*)::integer from page),
         (select count(*)::integer from marks)
$$;

-- Keeps a person's style DNA and mirrors it into profiles.preferred_style.style_dna, where the app reads it.
-- Every other key of preferred_style is the person's own and stays; a preferred_style that is no object is left
-- alone. Nothing is written that is there already: false. Runs with the caller's rights, under RLS.
-- Raises 23503 (foreign key) when the person is gone.
create or replace function public.save_style_dna(target_user uuid, dna jsonb, fingerprint text) returns boolean
language plpgsql volatile security invoker set search_path = '' as $$
declare
  kept integer;
  mirrored integer := 0;
begin
  insert into public.ai_profiles as a (user_id, dna, fingerprint)
  values (save_style_dna.target_user, save_style_dna.dna, save_style_dna.fingerprint)
  on conflict (user_id) do update
    set dna = excluded.dna, fingerprint = excluded.fingerprint, computed_at = now()
    where (a.dna, a.fingerprint) is distinct from (excluded.dna, excluded.fingerprint);
  get diagnostics kept = row_count;

  -- The row may appear between the two statements, so each is tried until one of them finds its case.
  loop
    update public.profiles p
    set preferred_style = jsonb_set(coalesce(nullif(p.preferred_style, 'null'), '{}'), '{style_dna}', save_style_dna.dna)
    where p.user_id = save_style_dna.target_user
      and coalesce(jsonb_typeof(p.preferred_style), 'null') in ('object', 'null')
      and p.preferred_style -> 'style_dna' is distinct from save_style_dna.dna;
    get diagnostics mirrored = row_count;
    exit when mirrored > 0
      or exists (select from public.profiles p where p.user_id = save_style_dna.target_user);
    insert into public.profiles (user_id, preferred_style)
    values (save_style_dna.target_user, jsonb_build_object('style_dna', save_style_dna.dna))
    on conflict (user_id) do nothing;
    get diagnostics mirrored = row_count;
    exit when mirrored > 0;
  end loop;
  return kept > 0 or mirrored > 0;
end
$$;

revoke execute on function public.aura_style_fingerprint(uuid), public.aura_audit_style(integer, uuid),
  public.save_style_dna(uuid, jsonb, text) from public, anon, authenticated;
grant execute on function public.aura_style_fingerprint(uuid), public.aura_audit_style(integer, uuid),
  public.save_style_dna(uuid, jsonb, text) to service_role;
grant execute on function public.save_style_dna(uuid, jsonb, text) to authenticated;

reset lock_timeout;
notify pgrst, 'reload schema';
