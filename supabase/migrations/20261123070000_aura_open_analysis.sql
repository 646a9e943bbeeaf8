-- Taking the lease on an item and looking for answers about its photo's bytes, in one call: an answer is looked for only
-- by who holds the lease, because whoever held it before has kept theirs by then.
set lock_timeout = '500ms';

-- `answers`: what analyzers of these versions said about these bytes, by version; null where the lease is another's.
-- Two statements in a volatile function: the second sees what was committed before the first got the lease.
create or replace function public.aura_open_analysis(
  item uuid, photo text, holder text, seconds double precision, content_hash text, versions text[])
returns table (taken boolean, held_by text, expires_at timestamptz, answers jsonb)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  select l.taken, l.held_by, l.expires_at into taken, held_by, expires_at
  from public.aura_take_lease(aura_open_analysis.item, aura_open_analysis.photo, aura_open_analysis.holder,
                              aura_open_analysis.seconds) l;
  if aura_open_analysis.taken then
    select coalesce(jsonb_object_agg(c.version, c.answer), '{}') into answers
    from public.analysis_cache c
    where c.content_hash = aura_open_analysis.content_hash and c.version = any (aura_open_analysis.versions);
  end if;
  return next;
end
$$;

revoke execute on function public.aura_open_analysis(uuid, text, text, double precision, text, text[])
  from public, anon, authenticated;
grant execute on function public.aura_open_analysis(uuid, text, text, double precision, text, text[])
  to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123070000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
