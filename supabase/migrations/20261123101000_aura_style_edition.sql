-- Style DNA, third edition: how formal a garment is, is not believed where the analyzer took it for another garment than
-- its owner says it is. The audit finds every DNA of an older edition and has it computed anew.
set lock_timeout = '500ms';

create or replace function public.aura_style_version() returns text
language sql immutable parallel safe as $$ select '3' $$;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123101000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
