-- Settings that were set live: each stands over what the profile says of the key.
create table live.settings (
    tenant     text        not null,
    key        text        not null,
    value      text        not null,
    version    bigint      not null,
    reason     text,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by text        not null,
    primary key (tenant, key)
);

-- Every change, by whom and why. The version counts the changes of a tenant.
create table live.changes (
    tenant  text        not null,
    version bigint      not null,
    key     text        not null,
    before  text,
    after   text,
    reason  text,
    by_whom text        not null,
    at      timestamptz not null default clock_timestamp(),
    primary key (tenant, version)
);
create index on live.changes (tenant, key, version desc);

comment on column live.settings.value is 'As it would stand in the profile: YAML.';
comment on column live.changes.before is 'What was set live until then; null when the profile counted.';
comment on column live.changes.after is 'What is set live from then on; null when the profile counts again.';
