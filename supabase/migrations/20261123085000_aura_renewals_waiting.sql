-- How many photos with a fallback's tags wait for the first choice, and since when: said with the rest that is due, so
-- that operators see a queue that grows while a budget or a quota holds it up.
set lock_timeout = '500ms';

create index if not exists analysis_renewals_age on public.analysis_renewals (noted_at);

-- As aura_outstanding_summary() (which processes of the version before this one ask), and with the renewals; all counts
-- end at 10,000. Renewals are no work that is late: they wait for a budget, a quota or an analyzer, so they have columns
-- of their own.
create or replace function public.aura_due_summary()
returns table (items bigint, oldest_item_at timestamptz, marks bigint, oldest_mark_at timestamptz,
               renewals bigint, oldest_renewal_at timestamptz)
language sql stable security definer set search_path = '' as $$
  select s.items, s.oldest_item_at, s.marks, s.oldest_mark_at, w.renewals, w.oldest
  from public.aura_outstanding_summary() s,
       (select count(*) as renewals, min(n.noted_at) as oldest
        from (select r.noted_at from public.analysis_renewals r order by r.noted_at limit 10000) n) w
$$;

revoke execute on function public.aura_due_summary() from public, anon, authenticated;
grant execute on function public.aura_due_summary() to service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123085000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
