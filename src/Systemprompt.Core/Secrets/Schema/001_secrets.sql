-- Values sealed outside the database (AES-256-GCM): whoever has only this, or a dump of it, has no secret. key_id names the key, which is
-- never here. The name and tenant are part of what is sealed, so that a row cannot be put in another's place.
create table secrets.secrets (
    tenant     text        not null,
    name       text        not null,
    key_id     text        not null,
    nonce      bytea       not null,
    sealed     bytea       not null,
    updated_at timestamptz not null default now(),
    updated_by text        not null,
    primary key (tenant, name)
);

-- Who changed what and when; never a value.
create table secrets.changes (
    id      bigint      generated always as identity primary key,
    at      timestamptz not null default now(),
    tenant  text        not null,
    name    text        not null,
    change  text        not null check (change in ('set', 'resealed', 'deleted')),
    key_id  text        not null,
    by_whom text        not null
);

create index changes_at on secrets.changes (tenant, at);
