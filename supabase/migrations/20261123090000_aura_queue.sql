-- The work queue that many processes share (queue.engine: procrastinate), in a schema of its own that only the
-- database's owner enters: no API serves it and no key opens it.
set lock_timeout = '500ms';

create schema if not exists procrastinate;
revoke all on schema procrastinate from public, anon, authenticated, service_role;

-- The text between the marks is the schema of procrastinate 3.10.0, word for word; a test compares them. A newer
-- version comes with a migration of its own.
do $install$
declare
  path text := current_setting('search_path');
begin
  if to_regclass('procrastinate.procrastinate_jobs') is not null then
    return;
  end if;
  perform set_config('search_path', 'procrastinate', true);
  execute $procrastinate$
-- Procrastinate Schema

DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;
EXCEPTION
    WHEN OTHERS THEN
        -- On managed PostgreSQL services (e.g. Azure Database for PostgreSQL, Amazon RDS,
        -- Google Cloud SQL), CREATE EXTENSION may fail with various error codes:
        -- insufficient_privilege, feature_not_supported, or provider-specific errors.
        -- Before ignoring, verify the extension actually exists — if it does not exist
        -- and cannot be created, re-raise so the failure is explicit.
        IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'plpgsql') THEN
            RAISE NOTICE 'plpgsql extension already exists, skipping creation.';
        ELSE
            RAISE;
        END IF;
END;
$$;

-- Enums

CREATE TYPE procrastinate_job_status AS ENUM (
    'todo',  -- The job is queued
    'doing',  -- The job has been fetched by a worker
    'succeeded',  -- The job ended successfully
    'failed',  -- The job ended with an error
    'cancelled', -- The job was cancelled
    'aborting',  -- legacy, not used anymore since v3.0.0
    'aborted'  -- The job was aborted
);

CREATE TYPE procrastinate_job_event_type AS ENUM (
    'deferred',  -- Job created, in todo
    'started',  -- todo -> doing
    'deferred_for_retry',  -- doing -> todo
    'failed',  -- doing -> failed
    'succeeded',  -- doing -> succeeded
    'cancelled', -- todo -> cancelled
    'abort_requested', -- not a state transition, but set in a separate field
    'aborted', -- doing -> aborted (only allowed when abort_requested field is set)
    'scheduled', -- not a state transition, but recording when a task is scheduled for
    'retried' -- Manually retried failed job
);

-- Composite Types

CREATE TYPE procrastinate_job_to_defer_v1 AS (
    queue_name character varying,
    task_name character varying,
    priority integer,
    lock text,
    queueing_lock text,
    args jsonb,
    scheduled_at timestamp with time zone
);

-- Tables

CREATE TABLE procrastinate_workers(
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    last_heartbeat timestamp with time zone NOT NULL DEFAULT NOW()
);

CREATE TABLE procrastinate_jobs (
    id bigserial PRIMARY KEY,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lock text,
    queueing_lock text,
    args jsonb DEFAULT '{}' NOT NULL,
    status procrastinate_job_status DEFAULT 'todo'::procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone NULL,
    attempts integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint REFERENCES procrastinate_workers(id) ON DELETE SET NULL,
    CONSTRAINT check_not_todo_abort_requested CHECK (NOT (status = 'todo' AND abort_requested = true))
);

CREATE TABLE procrastinate_periodic_defers (
    id bigserial PRIMARY KEY,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint REFERENCES procrastinate_jobs(id) NULL,
    periodic_id character varying(128) NOT NULL DEFAULT '',
    CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp)
);

CREATE TABLE procrastinate_events (
    id bigserial PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES procrastinate_jobs ON DELETE CASCADE,
    type procrastinate_job_event_type,
    at timestamp with time zone DEFAULT NOW() NULL
);

-- Constraints & Indices

-- this prevents from having several jobs with the same queueing lock in the "todo" state
CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON procrastinate_jobs (queueing_lock) WHERE status = 'todo';
-- this prevents from having several jobs with the same lock in the "doing" state
CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON procrastinate_jobs (lock) WHERE status = 'doing';

-- Index for select_stalled_jobs_by_heartbeat query
CREATE INDEX idx_procrastinate_jobs_worker_not_null ON procrastinate_jobs(worker_id) WHERE worker_id IS NOT NULL AND status = 'doing'::procrastinate_job_status;

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON procrastinate_jobs(queue_name);
CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON procrastinate_jobs (id, lock) WHERE status = ANY (ARRAY['todo'::procrastinate_job_status, 'doing'::procrastinate_job_status]);
CREATE INDEX procrastinate_jobs_priority_idx_v1 ON procrastinate_jobs(priority desc, id asc) WHERE (status = 'todo'::procrastinate_job_status);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON procrastinate_events(job_id);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON procrastinate_periodic_defers(job_id);

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON procrastinate_workers(last_heartbeat);

-- Functions
CREATE FUNCTION procrastinate_defer_jobs_v1(
    jobs procrastinate_job_to_defer_v1[]
)
    RETURNS bigint[]
    LANGUAGE plpgsql
AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION procrastinate_defer_periodic_job_v2(
    _queue_name character varying,
    _lock character varying,
    _queueing_lock character varying,
    _task_name character varying,
    _priority integer,
    _periodic_id character varying,
    _defer_timestamp bigint,
    _args jsonb
)
    RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

CREATE FUNCTION procrastinate_fetch_job_v2(
    target_queue_names character varying[],
    p_worker_id bigint
)
    RETURNS procrastinate_jobs
    LANGUAGE plpgsql
AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION procrastinate_finish_job_v1(job_id bigint, end_status procrastinate_job_status, delete_job boolean)
    RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean)
    RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION procrastinate_retry_job_v1(
    job_id bigint,
    retry_at timestamp with time zone,
    new_priority integer,
    new_queue_name character varying,
    new_lock character varying
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION procrastinate_retry_job_v2(
    job_id bigint,
    retry_at timestamp with time zone,
    new_priority integer,
    new_queue_name character varying,
    new_lock character varying
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION procrastinate_notify_queue_job_inserted_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_notify_queue_abort_job_v1()
RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_status_events_insert_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_status_events_update_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_scheduled_events_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_abort_requested_events_procedure_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_unlink_periodic_defers_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION procrastinate_register_worker_v1()
    RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION procrastinate_unregister_worker_v1(worker_id bigint)
    RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION procrastinate_update_heartbeat_v1(worker_id bigint)
    RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat float)
    RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

-- Triggers

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1
    AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN ((new.status = 'todo'::procrastinate_job_status))
    EXECUTE PROCEDURE procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1
    AFTER UPDATE OF abort_requested ON procrastinate_jobs
    FOR EACH ROW WHEN ((old.abort_requested = false AND new.abort_requested = true AND new.status = 'doing'::procrastinate_job_status))
    EXECUTE PROCEDURE procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1
    AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW
    EXECUTE PROCEDURE procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1
    AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN ((new.status = 'todo'::procrastinate_job_status))
    EXECUTE PROCEDURE procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1
    AFTER UPDATE OR INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN ((new.scheduled_at IS NOT NULL AND new.status = 'todo'::procrastinate_job_status))
    EXECUTE PROCEDURE procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1
    AFTER UPDATE OF abort_requested ON procrastinate_jobs
    FOR EACH ROW WHEN ((new.abort_requested = true))
    EXECUTE PROCEDURE procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1
    BEFORE DELETE ON procrastinate_jobs
    FOR EACH ROW EXECUTE PROCEDURE procrastinate_unlink_periodic_defers_v1();
$procrastinate$;
  perform set_config('search_path', path, true);
end
$install$;

-- Its functions look into its own schema, whoever calls them from wherever: a person's `delete from
-- procrastinate.procrastinate_jobs` runs its triggers too.
do $pin$
declare
  each regprocedure;
begin
  for each in select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'procrastinate'::regnamespace loop
    execute format('alter function %s set search_path = procrastinate', each);
  end loop;
end
$pin$;

-- What its queries and ours look for. Without the first, every job that is fetched is compared with all that wait.
create index if not exists aura_jobs_lock on procrastinate.procrastinate_jobs (lock)
  where status in ('todo', 'doing');
create index if not exists aura_jobs_lane on procrastinate.procrastinate_jobs (queue_name, priority desc, id)
  where status = 'todo';
create index if not exists aura_jobs_owner on procrastinate.procrastinate_jobs (queue_name, (args ->> 'owner'), priority)
  where status = 'todo';
create index if not exists aura_jobs_due on procrastinate.procrastinate_jobs (scheduled_at)
  where status = 'todo' and scheduled_at is not null;

-- A queue's rows live for seconds: cleared away long before a fifth of the table is dead.
alter table procrastinate.procrastinate_jobs
  set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
alter table procrastinate.procrastinate_events
  set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);

-- A job of ours: lock and queueing_lock are `kind:key`; queue_name is the lane, aura_live or aura_backfill. args holds
-- ids and counters alone, because procrastinate logs them: kind, key, owner, again, failures; `since`, when it was
-- wished for; `rests`, the moment before which it does not run however urgent (both in seconds since 1970).

-- The earlier of two moments (null is now), but not before the key has rested; null where that is past.
create or replace function procrastinate.aura_due(one timestamptz, other timestamptz, args jsonb)
returns timestamptz language sql stable set search_path = procrastinate as $$
  select nullif(greatest(least(coalesce(one, now()), coalesce(other, now())),
                         to_timestamp((args ->> 'rests')::double precision), now()), now())
$$;

-- An idle worker looks again: as at an inserted job, for which procrastinate's own trigger tells.
create or replace function procrastinate.aura_stir(lane text)
returns void language sql volatile set search_path = procrastinate as $$
  select pg_notify('procrastinate_queue_v1#' || lane, '{"type": "job_inserted", "job_id": 0}')
$$;

-- Wishes for work, each key once: {kind, key, owner, again, lane, delay (seconds)}. A key that waits already keeps its
-- turn and takes on whatever is more urgent; one that is being worked on waits beside its running job. Returns the
-- locks for which there was no room: `size` is for all, and backfill may have half.
--
-- Turns are fair between owners, by start-time fair queueing (Goyal, Vin, Cheng 1996) with jobs of equal cost: an
-- owner's next job goes one round after their last one that waits, and whoever has none joins the present round. The
-- priority is minus the round, so that a higher one is fetched first; backfill's begin where live work's cannot come.
create or replace function procrastinate.aura_put_jobs(wishes jsonb[], size integer)
returns setof text language plpgsql volatile set search_path = procrastinate as $$
#variable_conflict use_column
declare
  held integer;
  slow integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('aura_queue', 0));  -- one at a time, and not beside who settles
  select count(*), count(*) filter (where status = 'todo' and (queue_name = 'aura_backfill' or scheduled_at > now()))
  into held, slow
  from procrastinate_jobs where status in ('todo', 'doing');
  return query
  with wish as (
    select w.ord, w.wish ->> 'kind' || ':' || (w.wish ->> 'key') as key, w.wish ->> 'lane' as lane,
           w.wish ->> 'owner' as owner, (w.wish ->> 'delay')::double precision as delay, w.wish - 'lane' - 'delay' as args,
           exists (select from procrastinate_jobs j
                   where j.queueing_lock = w.wish ->> 'kind' || ':' || (w.wish ->> 'key') and j.status = 'todo') as waits
    from unnest(aura_put_jobs.wishes) with ordinality as w(wish, ord)
  ), counted as (
    select wish.*,
           row_number() over (partition by waits order by lane desc, ord) as nth,  -- live before backfill
           row_number() over (partition by waits, lane order by ord) as nth_of_lane,
           row_number() over (partition by lane, owner order by ord) as turn
    from wish
  ), judged as (
    select counted.*,
           waits or (nth <= aura_put_jobs.size - held
                     and (lane = 'aura_live' or nth_of_lane <= greatest(1, aura_put_jobs.size / 2) - slow)) as fits
    from counted
  ), lane as (
    select lane, case lane when 'aura_live' then 0 else -1000000000 end as first,
           (select max(j.priority) from procrastinate_jobs j
            where j.status = 'todo' and j.queue_name = lane and (j.scheduled_at is null or j.scheduled_at <= now())) as present
    from (select distinct lane from judged) lanes
  ), owner as (
    select lane, owner,
           (select min(j.priority) from procrastinate_jobs j
            where j.status = 'todo' and j.queue_name = lane and j.args ->> 'owner' = owner) as last
    from (select distinct lane, owner from judged) owners
  ), put as (
    insert into procrastinate_jobs as j (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
    select lane, 'aura_work',
           greatest(least(coalesce(present, first), last - 1) - turn + 1, first - 999999999)::integer, key, key,
           args || jsonb_build_object('failures', 0, 'since', extract(epoch from now())),
           case when delay > 0 then now() + make_interval(secs => delay) end
    from judged join lane using (lane) left join owner using (lane, owner)
    where fits
    order by ord
    on conflict (queueing_lock) where status = 'todo' do update set
      queue_name = greatest(j.queue_name, excluded.queue_name),
      priority = greatest(j.priority, excluded.priority),
      scheduled_at = aura_due(j.scheduled_at, excluded.scheduled_at, j.args),
      args = j.args || jsonb_build_object(
        'owner', coalesce(j.args -> 'owner', excluded.args -> 'owner'),
        'again', coalesce((j.args -> 'again')::boolean, false) or coalesce((excluded.args -> 'again')::boolean, false))
    returning j.queue_name, xmax <> 0 as merged
  ), hastened as (
    select count(aura_stir(queue_name)) from (select distinct queue_name from put where merged) lanes
  )
  select key from judged where not fits and (select true from hastened);
end
$$;

-- A job that is running goes back to those that wait, from `due` on; where its key was wished for meanwhile, the waiting
-- job takes its place. (procrastinate's own retry fails then, of the queueing lock that the waiting job holds.)
create or replace function procrastinate.aura_put_back(job bigint, due timestamptz, args jsonb)
returns void language plpgsql volatile set search_path = procrastinate as $$
#variable_conflict use_column
declare
  mine procrastinate_jobs;
begin
  begin
    update procrastinate_jobs j
    set status = 'todo', worker_id = null, abort_requested = false, attempts = attempts + 1,
        args = j.args || aura_put_back.args, scheduled_at = aura_due(due, due, aura_put_back.args)
    where id = job and status = 'doing'
    returning * into mine;
  exception when unique_violation then
    delete from procrastinate_jobs where id = job and status = 'doing' returning * into mine;
    update procrastinate_jobs j
    set args = j.args || aura_put_back.args, scheduled_at = aura_due(j.scheduled_at, due, aura_put_back.args),
        queue_name = greatest(j.queue_name, mine.queue_name), priority = greatest(j.priority, mine.priority)
    where queueing_lock = mine.queueing_lock and status = 'todo';
  end;
  perform aura_stir(mine.queue_name);
end
$$;

-- Workers let go of jobs: {id, worker, retry_in (seconds; null when it is done), failures (in a row), rest (seconds that
-- the key rests if it was wished for meanwhile)}. A job that was given to somebody else meanwhile is theirs.
create or replace function procrastinate.aura_settle_jobs(settlements jsonb[])
returns void language plpgsql volatile set search_path = procrastinate as $$
#variable_conflict use_column
declare
  each jsonb;
  mine procrastinate_jobs;
  rests timestamptz;
  told jsonb;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('aura_queue', 0));  -- beside each other
  foreach each in array settlements loop
    select * into mine from procrastinate_jobs
    where id = (each ->> 'id')::bigint and worker_id = (each ->> 'worker')::bigint and status = 'doing'
    for update;
    continue when not found;
    rests := now() + make_interval(secs => (each ->> 'rest')::double precision);
    told := case when rests > now() then jsonb_build_object('rests', extract(epoch from rests)) else '{}' end;
    if each ->> 'retry_in' is not null then
      told := told || jsonb_build_object('failures', each -> 'failures');
      perform aura_put_back(mine.id, now() + make_interval(secs => (each ->> 'retry_in')::double precision), told);
    else
      delete from procrastinate_jobs where id = mine.id;
      update procrastinate_jobs j
      set args = j.args || told, scheduled_at = aura_due(j.scheduled_at, j.scheduled_at, j.args || told)
      where queueing_lock = mine.queueing_lock and status = 'todo';
      if found then
        perform aura_stir(mine.queue_name);
      end if;
    end if;
  end loop;
end
$$;

-- A process shows that it lives (`worker`: null for one that does no work) and gives back what nobody works on: jobs of
-- workers that were silent for so many seconds, and of this one what is not `in_hand` (its answer was lost under way).
-- Silence while PostgreSQL itself was away does not count. A job that was given back before waits longer each time, in
-- case that it ends its process. `alive`: whether the worker is still known; `worker` is forgotten when it is silent.
create or replace function procrastinate.aura_beat(worker bigint, in_hand bigint[], silent double precision)
returns table (alive boolean, live integer, backfill integer, delayed integer, processing integer)
language plpgsql volatile set search_path = procrastinate as $$
#variable_conflict use_column
declare
  lately timestamptz := clock_timestamp() - make_interval(secs => silent);
  lost procrastinate_jobs;
begin
  update procrastinate_workers set last_heartbeat = clock_timestamp() where id = worker;
  alive := found;
  if pg_try_advisory_xact_lock(hashtextextended('aura_queue_recovery', 0)) then  -- one process is enough
    perform pg_advisory_xact_lock_shared(hashtextextended('aura_queue', 0));
    if pg_postmaster_start_time() < lately then
      delete from procrastinate_workers where last_heartbeat < lately;
    end if;
    for lost in
      select * from procrastinate_jobs
      where status = 'doing' and queue_name in ('aura_live', 'aura_backfill')
        and (worker_id is null or (worker_id = worker and id <> all (in_hand)))
      for update skip locked
    loop
      perform aura_put_back(lost.id, now() + make_interval(secs => least(300, lost.attempts * lost.attempts)), '{}');
    end loop;
  end if;
  return query
  select aura_beat.alive,
         count(*) filter (where status = 'todo' and queue_name = 'aura_live' and not later)::integer,
         count(*) filter (where status = 'todo' and queue_name = 'aura_backfill' and not later)::integer,
         count(*) filter (where status = 'todo' and later)::integer,
         count(*) filter (where status = 'doing')::integer
  from (select status, queue_name, coalesce(scheduled_at > now(), false) as later
        from procrastinate_jobs where status in ('todo', 'doing')) jobs;
end
$$;

-- A worker ends: what it still has goes back to those that wait.
create or replace function procrastinate.aura_part(worker bigint)
returns void language plpgsql volatile set search_path = procrastinate as $$
declare
  each bigint;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('aura_queue', 0));
  for each in select id from procrastinate_jobs where status = 'doing' and worker_id = worker for update loop
    perform aura_put_back(each, now(), '{}');
  end loop;
  delete from procrastinate_workers where id = worker;
end
$$;

-- Seconds until the next delayed job is due; null when none is.
create or replace function procrastinate.aura_next_due()
returns double precision language sql stable set search_path = procrastinate as $$
  select extract(epoch from min(scheduled_at) - now())::double precision
  from procrastinate_jobs where status = 'todo' and scheduled_at > now()
$$;

revoke all on all tables in schema procrastinate from public, anon, authenticated, service_role;
revoke all on all sequences in schema procrastinate from public, anon, authenticated, service_role;
revoke all on all functions in schema procrastinate from public, anon, authenticated, service_role;

create or replace function public.aura_schema_version() returns text
language sql immutable as $$ select '20261123090000' $$;

reset lock_timeout;
notify pgrst, 'reload schema';
