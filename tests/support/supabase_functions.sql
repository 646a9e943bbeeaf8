-- What the documented webhooks need of Supabase and is not in a plain PostgreSQL: pg_net's queue, the function behind
-- Database Webhooks, pgcrypto's hmac and the Vault. Requests are queued here and sent by the test, byte for byte.
create schema net;
create table net.http_request_queue (id bigint generated always as identity, url text, headers jsonb, body bytea);

-- As pg_net 0.19 does: what goes over the wire is body::text.
create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds int default 5000)
returns bigint language sql as $$
  insert into net.http_request_queue (url, headers, body)
  values (url, headers, convert_to(body::text, 'UTF8')) returning id
$$;

create schema supabase_functions;
create function supabase_functions.http_request() returns trigger language plpgsql security definer as $$
begin
  if tg_argv[1] <> 'POST' then
    raise exception 'method argument % is invalid', tg_argv[1];
  end if;
  perform net.http_post(
    tg_argv[0],
    jsonb_build_object('old_record', old, 'record', new, 'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema),
    tg_argv[3]::jsonb, tg_argv[2]::jsonb, tg_argv[4]::int);
  return new;
end
$$;

create schema if not exists extensions;
-- HMAC (RFC 2104) over the built-in SHA-256, for keys of at most 64 bytes.
create function extensions.hmac(data bytea, key bytea, type text) returns bytea language plpgsql as $$
declare
  inner_pad bytea := decode(repeat('36', 64), 'hex');
  outer_pad bytea := decode(repeat('5c', 64), 'hex');
begin
  if type <> 'sha256' or length(key) > 64 then
    raise exception 'not here';
  end if;
  for place in 0 .. length(key) - 1 loop
    inner_pad := set_byte(inner_pad, place, get_byte(inner_pad, place) # get_byte(key, place));
    outer_pad := set_byte(outer_pad, place, get_byte(outer_pad, place) # get_byte(key, place));
  end loop;
  return sha256(outer_pad || sha256(inner_pad || data));
end
$$;

create schema vault;
create table vault.decrypted_secrets (name text, decrypted_secret text);
create function vault.create_secret(secret text, name text) returns void language sql as $$
  insert into vault.decrypted_secrets values (name, secret)
$$;
