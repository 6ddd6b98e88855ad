-- People and machines that this installation knows. A token's subject is a login; one that is not here is nobody's business, one that is
-- suspended or deleted is refused. A deleted row stays, so that its tokens stay refused and its name is not given to somebody else.
create table users.users (
    tenant       text        not null,
    login        text        not null,
    kind         text        not null check (kind in ('person', 'service')),
    tier         text        not null check (tier in ('admin', 'user', 'service', 'mcp', 'a2a')),
    status       text        not null default 'active' check (status in ('active', 'suspended', 'deleted')),
    display_name text,
    email        text,
    roles        text[]      not null default '{}',
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    primary key (tenant, login)
);

create unique index users_email on users.users (tenant, lower(email)) where email is not null and status <> 'deleted';

create table users.teams (
    tenant      text        not null,
    name        text        not null,
    description text,
    created_at  timestamptz not null default now(),
    primary key (tenant, name)
);

create table users.members (
    tenant text not null,
    team   text not null,
    login  text not null,
    primary key (tenant, team, login),
    foreign key (tenant, team) references users.teams (tenant, name) on delete cascade,
    foreign key (tenant, login) references users.users (tenant, login) on delete cascade
);

create index members_login on users.members (tenant, login);

-- Access keys: shown once when they are made; here are the public beginning and the SHA-256 of the rest.
create table users.keys (
    tenant     text        not null,
    prefix     text        not null,
    login      text        not null,
    name       text        not null,
    hash       bytea       not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    primary key (tenant, prefix),
    foreign key (tenant, login) references users.users (tenant, login) on delete cascade
);

-- Links that let somebody in once; here is the SHA-256 of what stands in them.
create table users.links (
    tenant     text        not null,
    hash       bytea       not null,
    login      text        not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz,
    primary key (tenant, hash),
    foreign key (tenant, login) references users.users (tenant, login) on delete cascade
);

create table users.bans (
    tenant    text        not null,
    range     cidr        not null,
    reason    text        not null,
    banned_at timestamptz not null default now(),
    banned_by text        not null,
    until     timestamptz,
    primary key (tenant, range)
);

-- Every change, by whom; never a key or a link.
create table users.changes (
    at      timestamptz not null default clock_timestamp(),
    tenant  text        not null,
    subject text        not null,
    change  text        not null,
    detail  text,
    by_whom text        not null
) partition by range (at);

create index changes_subject on users.changes (tenant, subject, at);

select database.partition_by_day('users.changes');
