-- People may write their own row of ai_profiles, and so a revision that cannot be raised any more or a moment without
-- an end, which every later save of their style DNA would fail of. Such values are replaced as they are written.
set lock_timeout = '500ms';

create or replace function public.aura_bound_profile() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.revision not between 1 and 4611686018427387904 then  -- 2^62
    new.revision := 1;
  end if;
  if not isfinite(new.computed_at) then
    new.computed_at := now();
  end if;
  return new;
end
$$;
revoke execute on function public.aura_bound_profile() from public, anon, authenticated, service_role;

create or replace trigger ai_profiles_aura_bounds
  before insert or update of revision, computed_at on public.ai_profiles
  for each row
  when (new.revision not between 1 and 4611686018427387904 or not isfinite(new.computed_at))
  execute function public.aura_bound_profile();

update public.ai_profiles set revision = 1, computed_at = now()
where revision not between 1 and 4611686018427387904 or not isfinite(computed_at);

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123100000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
