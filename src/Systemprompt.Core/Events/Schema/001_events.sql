-- What was published and is not in order yet. A row comes with its publisher's transaction and stays for a moment.
create table events.outbox (
    id         bigint      generated always as identity primary key,
    tenant     text        not null,
    kind       text        not null,
    audience   text,
    data       jsonb       not null,
    at         timestamptz not null default now()
);

-- What was published, in order. Ids are given under one lock that is held until commit, so whoever has read up to an id has read
-- everything up to it: an identity of the outbox would not do, since transactions do not commit in the order they began.
create sequence events.log_id;

create table events.log (
    id         bigint      not null,
    tenant     text        not null,
    kind       text        not null,
    audience   text,
    data       jsonb       not null,
    at         timestamptz not null,
    logged_at  timestamptz not null default now(),
    primary key (id, logged_at)
) partition by range (logged_at);

comment on column events.log.audience is 'everyone, user:LOGIN, or null: administrators, handlers and webhooks only.';

select database.partition_by_day('events.log');

create table events.webhooks (
    tenant      text        not null,
    name        text        not null,
    url         text        not null,
    kinds       text[]      not null,
    created_at  timestamptz not null default now(),
    created_by  text        not null,
    disabled_at timestamptz,
    disabled_because text,
    primary key (tenant, name)
);
