-- Writers: one row for each lane of each process that ever wrote audit rows. Its rows carry its id and a sequence without gaps; head is
-- the hash of the last one, moved in the same commit as the rows, so that a missing tail shows.
create table audit.writers (
    id          uuid        primary key,
    tenant      text        not null,
    instance    uuid        not null,
    lane        int         not null,
    host        text        not null,
    pid         int         not null,
    started_at  timestamptz not null default now(),
    lease_until timestamptz not null,
    last_seq    bigint      not null default 0,
    head        bytea       not null,
    closed_at   timestamptz
) with (fillfactor = 20);

comment on table audit.writers is 'One row for each writer of audit rows: its lease, and the head of its hash chain.';
comment on column audit.writers.lease_until is 'Database time. A writer past it and not closed is dead: any replica settles what it left open, then closes it.';
comment on column audit.writers.head is 'SHA-256 of the writer''s last row: see docs/architecture.md, audit trail.';

-- The tables whose partitions are kept, and the roles that write them.
create table audit.tables (
    name       text        primary key,
    key        text        not null,
    adopted_at timestamptz not null default now()
);

create table audit.runtime_roles (
    name name primary key
);

-- Ends a transaction of a writer: moves its head, or fails, so that nothing is committed for a writer that was closed, or that another
-- connection moved on. Sets the session's durability for this transaction, whatever the role, the database or a pooler says.
create function audit.advance(writer uuid, from_seq bigint, to_seq bigint, new_head bytea) returns void
language plpgsql as $$
begin
    if current_setting('synchronous_commit') not in ('on', 'remote_apply') then
        perform set_config('synchronous_commit', 'on', true);
    end if;
    update audit.writers set last_seq = to_seq, head = new_head
     where id = writer and last_seq = from_seq and closed_at is null;
    if not found then
        raise exception 'audit writer % is closed or moved on', writer using errcode = 'SP001';
    end if;
end $$;

-- Makes the missing daily partitions of an adopted table, today's (UTC) and as many days ahead as said. Runs with its owner's rights, so
-- that the runtime role needs none to create tables. A partition is built aside and attached: that does not stop writers. Rows of its day
-- that the default partition caught meanwhile move into it.
create function audit.ensure_partitions(table_name text, ahead int default 3) returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
    key_column text;
    first_day  date := (now() at time zone 'utc')::date;
    day        date;
    part       text;
    low        timestamptz;
    high       timestamptz;
    caught     boolean;
    made       int := 0;
begin
    select t.key into key_column from audit.tables t where t.name = table_name;
    if key_column is null then
        raise exception '% is not an audit table: call audit.adopt in the migration that creates it', table_name;
    end if;
    if ahead not between 0 and 31 then
        raise exception 'partitions are made 0 to 31 days ahead, not %', ahead;
    end if;
    for day in select first_day + n from generate_series(0, ahead) n loop
        part := table_name || to_char(day, '"_"YYYYMMDD');
        continue when to_regclass(part) is not null;
        perform pg_advisory_xact_lock(hashtextextended('audit.partitions', 0));
        -- Whoever had the lock may have made it meanwhile. The catalogue says so at once; to_regclass may still answer from a cache.
        continue when exists (
            select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname || '.' || c.relname = part);
        low := day::timestamp at time zone 'utc';
        high := (day + 1)::timestamp at time zone 'utc';
        execute format('create table %s (like %s including all)', part, table_name);
        execute format('select exists (select from %s_default where %I >= $1 and %I < $2)', table_name, key_column, key_column)
            into caught using low, high;
        if caught then
            execute format('lock table %s_default in access exclusive mode', table_name);
            execute format('with moved as (delete from %s_default where %I >= $1 and %I < $2 returning *) insert into %s select * from moved',
                table_name, key_column, key_column, part) using low, high;
        end if;
        execute format('alter table %s attach partition %s for values from (%L) to (%L)', table_name, part, low, high);
        made := made + 1;
    end loop;
    return made;
end $$;

-- Gives the runtime role what it needs of one adopted table: to add to it, and to read it and the views beside it, now and later.
create function audit.grant_table(table_name text, role_name name) returns void
language plpgsql as $$
declare
    schema_name text := split_part(table_name, '.', 1);
begin
    execute format('grant usage on schema %I to %I', schema_name, role_name);
    execute format('grant select on all tables in schema %I to %I', schema_name, role_name);
    execute format('alter default privileges in schema %I grant select on tables to %I', schema_name, role_name);
    execute format('revoke update, delete, truncate on %s from %I', table_name, role_name);
    execute format('grant insert on %s to %I', table_name, role_name);
end $$;

-- Takes a new partitioned table into care. Called by the migration that creates it.
create function audit.adopt(table_name text) returns void
language plpgsql as $$
declare
    key_column text;
begin
    if table_name !~ '^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]{0,50}$' then
        raise exception 'give the table as schema.table in lower case, not %', table_name;
    end if;
    select a.attname into key_column
      from pg_partitioned_table p
      join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
     where p.partrelid = table_name::regclass and p.partstrat = 'r' and p.partnatts = 1 and a.atttypid = 'timestamptz'::regtype;
    if key_column is null then
        raise exception '% is not partitioned by range of one timestamptz column', table_name;
    end if;
    insert into audit.tables (name, key) values (table_name, key_column);
    execute format('create table %s_default partition of %s default', table_name, table_name);
    execute format('revoke all on %s from public', table_name);
    perform audit.ensure_partitions(table_name);
    perform audit.grant_table(table_name, r.name) from audit.runtime_roles r;
end $$;

-- For installations whose migrations run under another role than the server: lets that role write the audit trail and read it, and
-- nothing else. Covers tables adopted later too.
create function audit.grant_runtime(role_name name) returns void
language plpgsql as $$
begin
    insert into audit.runtime_roles (name) values (role_name) on conflict do nothing;
    execute format('grant usage on schema audit to %I', role_name);
    execute format('grant select, insert, update on audit.writers to %I', role_name);
    execute format('grant select on audit.tables to %I', role_name);
    execute format('grant execute on function audit.advance(uuid, bigint, bigint, bytea) to %I', role_name);
    execute format('grant execute on function audit.ensure_partitions(text, int) to %I', role_name);
    perform audit.grant_table(t.name, role_name) from audit.tables t;
end $$;

revoke all on function audit.advance(uuid, bigint, bigint, bytea) from public;
revoke all on function audit.ensure_partitions(text, int) from public;
revoke all on function audit.grant_table(text, name) from public;
revoke all on function audit.adopt(text) from public;
revoke all on function audit.grant_runtime(name) from public;
