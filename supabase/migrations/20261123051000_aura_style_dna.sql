-- Style DNA, second edition: garments also count by their age, what changed since last time is kept beside the DNA, and
-- a DNA that an older edition computed is found by the audit and computed anew.
set lock_timeout = '500ms';

-- What differs from the DNA before this one: history, so it is no part of `dna`, which inputs alone decide.
alter table public.ai_profiles add column if not exists change jsonb;

-- The edition of the algorithm (VERSION in aura/stylist/dna.py; a test compares the two).
create or replace function public.aura_style_version() returns text
language sql immutable parallel safe as $$ select '2' $$;
revoke execute on function public.aura_style_version() from public, anon, authenticated;
grant execute on function public.aura_style_version() to service_role;

-- As before, and when the person got it: clothing_items.purchase_date, created_at.
create or replace function public.aura_mark_items_updated() returns trigger
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into public.style_dirty (user_id)
  select distinct user_id from (
    select user_id from (
      select id, user_id, category, color, pattern, brand, tags, last_worn_date, is_favorite, purchase_date,
             created_at, public.aura_style_tags(ai_tags) as style_tags, 1 as sign from new_rows
      union all
      select id, user_id, category, color, pattern, brand, tags, last_worn_date, is_favorite, purchase_date,
             created_at, public.aura_style_tags(ai_tags), -1 from old_rows
    ) states
    group by id, user_id, category, color, pattern, brand, tags, last_worn_date, is_favorite, purchase_date,
             created_at, style_tags
    having sum(sign) <> 0
  ) changed
  where user_id is not null;
  return null;
exception when others then
  raise warning 'aura: no style mark for % on %: % (%)', tg_op, tg_table_name, sqlerrm, sqlstate;
  return null;
end
$$;

create or replace function public.aura_style_fingerprint(target_user uuid) returns text
language sql stable security definer set search_path = '' as $$
  select encode(sha256(convert_to(jsonb_build_array(
    (select jsonb_agg(jsonb_build_array(i.id, i.category, i.color, i.pattern, i.brand, i.tags, i.last_worn_date,
                                        i.is_favorite, i.purchase_date, extract(epoch from i.created_at),
                                        public.aura_style_tags(i.ai_tags)) order by i.id)
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

-- As before, and whoever has a DNA of another edition than today's.
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
             as mirrors,
           case jsonb_typeof(p.preferred_style -> 'style_dna')
             when 'object' then (p.preferred_style -> 'style_dna') - array['inputs', 'computed_at', 'change']
             else p.preferred_style -> 'style_dna' end as mirrored
    from page left join public.ai_profiles a on a.user_id = page.id
              left join public.profiles p on p.user_id = page.id
  ), marks as (
    insert into public.style_dirty (user_id)
    select j.id from judged j
    where (case when j.was is null
                then j.now_is <> public.aura_style_fingerprint('00000000-0000-0000-0000-000000000000')
                else j.was <> j.now_is or j.dna ->> 'version' is distinct from public.aura_style_version()
                     or (j.mirrors and j.mirrored is distinct from j.dna) end)
      and not exists (select from public.style_dirty d where d.user_id = j.id)
    returning 1
  )
  select (select id from page order by id desc limit 1), (select count(*)::integer from page),
         (select count(*)::integer from marks)
$$;

-- As before; a key `change` of `dna` is what differs from the DNA before it. It is kept beside the DNA until that
-- changes again. The mirror also says what it was computed from (`inputs`, the fingerprint) and when.
create or replace function public.save_style_dna(target_user uuid, dna jsonb, fingerprint text) returns boolean
language plpgsql volatile security invoker set search_path = '' as $$
declare
  kept integer;
  mirrored integer := 0;
  shown jsonb;
begin
  insert into public.ai_profiles as a (user_id, dna, fingerprint, change)
  values (save_style_dna.target_user, save_style_dna.dna - 'change', save_style_dna.fingerprint,
          nullif(save_style_dna.dna -> 'change', 'null'))
  on conflict (user_id) do update
    set dna = excluded.dna, fingerprint = excluded.fingerprint, computed_at = now(),
        change = case when a.dna is distinct from excluded.dna then excluded.change else a.change end
    where (a.dna, a.fingerprint) is distinct from (excluded.dna, excluded.fingerprint);
  get diagnostics kept = row_count;

  select a.dna || jsonb_build_object(
    'inputs', a.fingerprint, 'change', a.change,
    'computed_at', to_char(a.computed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) into shown
  from public.ai_profiles a where a.user_id = save_style_dna.target_user;

  -- The row may appear between the two statements, so each is tried until one of them finds its case.
  loop
    update public.profiles p
    set preferred_style = jsonb_set(coalesce(nullif(p.preferred_style, 'null'), '{}'), '{style_dna}', shown)
    where p.user_id = save_style_dna.target_user
      and coalesce(jsonb_typeof(p.preferred_style), 'null') in ('object', 'null')
      and p.preferred_style -> 'style_dna' is distinct from shown;
    get diagnostics mirrored = row_count;
    exit when mirrored > 0
      or exists (select from public.profiles p where p.user_id = save_style_dna.target_user);
    insert into public.profiles (user_id, preferred_style)
    values (save_style_dna.target_user, jsonb_build_object('style_dna', shown))
    on conflict (user_id) do nothing;
    get diagnostics mirrored = row_count;
    exit when mirrored > 0;
  end loop;
  return kept > 0 or mirrored > 0;
end
$$;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123051000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
