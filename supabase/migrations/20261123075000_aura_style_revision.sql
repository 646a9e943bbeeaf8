-- Style DNA under constant change: a computation is kept however often its inputs changed meanwhile, and an older one
-- never replaces a newer one.
--
-- Each save raises `revision` and names the revision that stood before its inputs were read. If another has been saved
-- since, that one may have read newer inputs, so this one is refused and computed anew. What changes after the reading
-- has left a mark of its own.
set lock_timeout = '500ms';

alter table public.ai_profiles add column if not exists revision bigint not null default 1;

-- All that the backend itself must know before it reads a person's inputs: whether there is such a person, the style
-- marks (at most 1,000), the fingerprint of the inputs and the revision of the DNA that is kept (0: none yet).
create or replace function public.aura_open_style(target_user uuid, page_size integer default 1000)
returns table (known boolean, marks bigint[], fingerprint text, revision bigint)
language sql stable security definer set search_path = '' as $$
  select exists (select from public.users u where u.id = aura_open_style.target_user),
         array(select public.aura_style_marks(aura_open_style.target_user, aura_open_style.page_size)),
         public.aura_style_fingerprint(aura_open_style.target_user),
         coalesce((select a.revision from public.ai_profiles a where a.user_id = aura_open_style.target_user), 0)
$$;

-- Keeps a person's style DNA, if `over` is still the revision that is kept (null: whatever is kept), and mirrors it as
-- before. Answers 'written', 'unchanged' (the same is there already; the revision is raised all the same, because
-- who has read before that must not write any more) or 'superseded'.
-- Raises 23503 (foreign key) when the person is gone.
create or replace function public.aura_keep_style_dna(target_user uuid, dna jsonb, fingerprint text, over bigint)
returns text
language plpgsql volatile security invoker set search_path = '' as $$
declare
  before public.ai_profiles;
  told jsonb := nullif(aura_keep_style_dna.dna -> 'change', 'null');
  made jsonb := aura_keep_style_dna.dna - 'change';
  kept boolean;
  mirrored integer := 0;
  shown jsonb;
begin
  select * into before from public.ai_profiles a where a.user_id = aura_keep_style_dna.target_user for update;
  if aura_keep_style_dna.over <> coalesce(before.revision, 0) then
    return 'superseded';
  end if;
  kept := (before.dna, before.fingerprint) is distinct from (made, aura_keep_style_dna.fingerprint);
  if before.user_id is null then
    insert into public.ai_profiles (user_id, dna, fingerprint, change)
    values (aura_keep_style_dna.target_user, made, aura_keep_style_dna.fingerprint, told)
    on conflict (user_id) do nothing;
    if not found then  -- another has come first, in this very moment
      return 'superseded';
    end if;
  elsif kept then
    update public.ai_profiles a
    set dna = made, fingerprint = aura_keep_style_dna.fingerprint, computed_at = now(), revision = a.revision + 1,
        change = case when a.dna is distinct from made then told else a.change end
    where a.user_id = aura_keep_style_dna.target_user;
  else
    update public.ai_profiles a set revision = a.revision + 1 where a.user_id = aura_keep_style_dna.target_user;
  end if;

  select a.dna || jsonb_build_object(
    'inputs', a.fingerprint, 'change', a.change,
    'computed_at', to_char(a.computed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) into shown
  from public.ai_profiles a where a.user_id = aura_keep_style_dna.target_user;

  -- The row may appear between the two statements, so each is tried until one of them finds its case.
  loop
    update public.profiles p
    set preferred_style = jsonb_set(coalesce(nullif(p.preferred_style, 'null'), '{}'), '{style_dna}', shown)
    where p.user_id = aura_keep_style_dna.target_user
      and coalesce(jsonb_typeof(p.preferred_style), 'null') in ('object', 'null')
      and p.preferred_style -> 'style_dna' is distinct from shown;
    get diagnostics mirrored = row_count;
    exit when mirrored > 0
      or exists (select from public.profiles p where p.user_id = aura_keep_style_dna.target_user);
    insert into public.profiles (user_id, preferred_style)
    values (aura_keep_style_dna.target_user, jsonb_build_object('style_dna', shown))
    on conflict (user_id) do nothing;
    get diagnostics mirrored = row_count;
    exit when mirrored > 0;
  end loop;
  return case when kept or mirrored > 0 then 'written' else 'unchanged' end;
end
$$;

-- For processes of the version before this one, which name no revision.
create or replace function public.save_style_dna(target_user uuid, dna jsonb, fingerprint text) returns boolean
language plpgsql volatile security invoker set search_path = '' as $$
declare
  outcome text;
begin
  loop
    outcome := public.aura_keep_style_dna(
      save_style_dna.target_user, save_style_dna.dna, save_style_dna.fingerprint, null);
    exit when outcome <> 'superseded';
  end loop;
  return outcome = 'written';
end
$$;

-- As before; of the DNA its inputs and its time count, which change with it, and not the revision, which changes without.
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
    (select concat_ws('.', a.fingerprint, extract(epoch from a.computed_at))
     from public.ai_profiles a where a.user_id = me)
  ), 'UTF8')), 'hex');
end
$$;

revoke execute on function public.aura_open_style(uuid, integer),
  public.aura_keep_style_dna(uuid, jsonb, text, bigint) from public, anon, authenticated;
grant execute on function public.aura_open_style(uuid, integer),
  public.aura_keep_style_dna(uuid, jsonb, text, bigint) to service_role;
grant execute on function public.aura_keep_style_dna(uuid, jsonb, text, bigint) to authenticated;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123075000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
