-- Tables partitioned by UTC day: made ahead by a job, dropped whole by retention, with a default partition for what has no day.
create table database.partitioned (
    name       text        primary key,
    key        text        not null,
    adopted_at timestamptz not null default now()
);

comment on table database.partitioned is 'Tables whose daily partitions are kept: see the job database.partitions.';

-- Makes the missing partitions, today's and as many days ahead as said. Runs with its owner's rights, since the server's role may not
-- create tables. A partition is built aside and attached, which does not stop writers; rows of its day that the default partition caught
-- meanwhile move into it.
create function database.ensure_days(table_name text, ahead int default 3) returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
    key_column text;
    day        date;
    part       text;
    low        timestamptz;
    high       timestamptz;
    caught     boolean;
    made       int := 0;
begin
    select t.key into key_column from database.partitioned t where t.name = table_name;
    if key_column is null then
        raise exception '% is not partitioned by day: call database.partition_by_day in the migration that creates it', table_name;
    end if;
    if ahead not between 0 and 31 then
        raise exception 'partitions are made 0 to 31 days ahead, not %', ahead;
    end if;
    for day in select (now() at time zone 'utc')::date + n from generate_series(0, ahead) n loop
        part := table_name || to_char(day, '"_"YYYYMMDD');
        continue when to_regclass(part) is not null;
        perform pg_advisory_xact_lock(hashtextextended('database.partitions', 0));
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

-- Drops the days that ended longer ago than said, and returns how many. Only partitions that this file's functions made.
create function database.drop_days(table_name text, keep interval) returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
    part    text;
    day     date;
    dropped int := 0;
begin
    if not exists (select from database.partitioned t where t.name = table_name) then
        raise exception '% is not partitioned by day', table_name;
    end if;
    if keep < interval '0' then
        raise exception 'days are kept for a time of 0 or more, not %', keep;
    end if;
    for part in
        select n.nspname || '.' || c.relname
          from pg_inherits i
          join pg_class c on c.oid = i.inhrelid
          join pg_namespace n on n.oid = c.relnamespace
         where i.inhparent = table_name::regclass
           and n.nspname || '.' || c.relname ~ ('^' || replace(table_name, '.', '\.') || '_[0-9]{8}$')
         order by 1
    loop
        day := to_date(right(part, 8), 'YYYYMMDD');
        continue when (day + 1)::timestamp at time zone 'utc' > now() - keep;
        execute format('drop table %s', part);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;

-- Takes a new table, partitioned by range of one timestamptz column, into care. Called by the migration that creates it.
create function database.partition_by_day(table_name text) returns void
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
    insert into database.partitioned (name, key) values (table_name, key_column);
    execute format('create table %s_default partition of %s default', table_name, table_name);
    perform database.ensure_days(table_name);
end $$;

-- For installations whose migrations run under another role than the server: lets that role use a schema's tables, now and later. The audit
-- trail's tables are not for this: audit.grant_runtime gives them no more than inserting and reading.
create function database.grant_runtime(role_name name) returns void
language plpgsql as $$
declare
    schema_name text;
begin
    for schema_name in select distinct extension from database.migrations where extension not in ('database', 'audit', 'ai', 'governance') loop
        execute format('grant usage on schema %I to %I', schema_name, role_name);
        execute format('grant select, insert, update, delete on all tables in schema %I to %I', schema_name, role_name);
        execute format('grant usage on all sequences in schema %I to %I', schema_name, role_name);
        execute format('grant execute on all functions in schema %I to %I', schema_name, role_name);
        execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to %I', schema_name, role_name);
    end loop;
    execute format('grant usage on schema database to %I', role_name);
    execute format('grant select on database.partitioned, database.migrations to %I', role_name);
    execute format('grant execute on function database.ensure_days(text, int), database.drop_days(text, interval) to %I', role_name);
end $$;

revoke all on function database.ensure_days(text, int) from public;
revoke all on function database.drop_days(text, interval) from public;
revoke all on function database.partition_by_day(text) from public;
revoke all on function database.grant_runtime(name) from public;
