-- What model calls sent and were answered, sealed by the process (audit.bodies in the profile; off by default). Dropped by the day. Not evidence: outside the
-- hash chains, and left out when there is no room.
create table audit.bodies (
    id            uuid        not null,
    at            timestamptz not null,
    tenant        text        not null,
    key_id        text        not null,
    request       bytea       not null,
    answer        bytea       not null,
    request_bytes bigint      not null,
    answer_bytes  bigint      not null,
    primary key (id, at)
) partition by range (at);

comment on table audit.bodies is 'Bodies of model calls: nonce, AES-256-GCM over Brotli, tag. key_id names the key and tells nothing of it.';
comment on column audit.bodies.request_bytes is 'How long it was, whatever is kept of it.';

-- Sealed bytes do not get smaller.
alter table audit.bodies alter column request set storage external, alter column answer set storage external;
select database.partition_by_day('audit.bodies');

-- Who looked at them. In the hash chains, like every row of the audit trail.
create table audit.accesses (
    id           uuid        not null,
    at           timestamptz not null,
    tenant       text        not null,
    request_id   uuid        not null,
    host         text        not null,
    actor_digest bytea,
    writer       uuid        not null,
    seq          bigint      not null,
    hash         bytea       not null,
    actor        text,
    primary key (id, at)
) partition by range (at);

comment on column audit.accesses.actor is 'Personal: outside the hash chain, which covers actor_digest = SHA-256(id || actor).';
select audit.adopt('audit.accesses');

create or replace function audit.grant_runtime(role_name name) returns void
language plpgsql as $$
begin
    insert into audit.runtime_roles (name) values (role_name) on conflict do nothing;
    execute format('grant usage on schema audit to %I', role_name);
    execute format('grant select, insert, update on audit.writers to %I', role_name);
    execute format('grant select on audit.tables to %I', role_name);
    execute format('grant select, insert on audit.bodies to %I', role_name);
    execute format('grant execute on function audit.advance(uuid, bigint, bigint, bytea) to %I', role_name);
    execute format('grant execute on function audit.ensure_partitions(text, int) to %I', role_name);
    perform audit.grant_table(t.name, role_name) from audit.tables t;
end $$;

do $$
declare
    role_name name;
begin
    for role_name in select r.name from audit.runtime_roles r loop
        execute format('grant select, insert on audit.bodies to %I', role_name);
    end loop;
end $$;
