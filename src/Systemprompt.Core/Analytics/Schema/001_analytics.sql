-- Requests that no other room records, the sessions they and AI clients' calls belong to, and daily sums of every source of figures.
-- No address stands here, and of an anonymous visitor nothing that could be recognized on another day.
create table analytics.requests (
    at          timestamptz not null,
    tenant      text        not null,
    method      text        not null,
    route       text,
    path        text,
    referrer    text,
    status      smallint    not null,
    refusal     text,
    duration_us bigint      not null,
    bytes       bigint,
    tier        text        not null,
    login       text,
    session     uuid,
    client      text,
    version     text,
    bot         text,
    trace       text        not null
) partition by range (at);

comment on table analytics.requests is 'One row a request, but for the doors of model calls and hooks, which have their own.';
comment on column analytics.requests.at is 'When it was over.';
comment on column analytics.requests.route is 'The pattern, such as /api/v1/users/{login}; null when there was nothing at its path.';
comment on column analytics.requests.path is 'Set for page views alone: the page''s path, or its pattern when no cache may keep the page. Never a query.';
comment on column analytics.requests.referrer is 'The host that a page view came from, when it was another one.';
comment on column analytics.requests.status is '499 when the client left before it was answered.';
comment on column analytics.requests.refusal is 'Why the pipeline refused it.';
comment on column analytics.requests.bytes is 'Of the answer''s body; null when it had no length.';
comment on column analytics.requests.bot is 'What an anonymous caller that is no browser calls itself; unnamed when it says nothing.';

create index requests_at on analytics.requests (tenant, at);
create index requests_session on analytics.requests (session) where session is not null;
select database.partition_by_day('analytics.requests');

create table analytics.sessions (
    id           uuid        not null,
    started_at   timestamptz not null,
    last_at      timestamptz not null,
    tenant       text        not null,
    kind         text        not null check (kind in ('visitor', 'user', 'client')),
    key          uuid        not null,
    login        text,
    conversation text,
    client       text,
    version      text,
    bot          text,
    entry        text,
    leave        text,
    referrer     text,
    requests     bigint      not null,
    errors       bigint      not null,
    views        bigint      not null,
    model_calls  bigint      not null,
    tool_calls   bigint      not null,
    primary key (id, started_at)
) partition by range (started_at);

comment on table analytics.sessions is 'Ends with its day (UTC), or when nothing was heard for analytics.session_gap.';
comment on column analytics.sessions.kind is 'visitor: somebody who looked at pages. user: a token at the API. client: an AI client at the doors of model calls and hooks.';
comment on column analytics.sessions.key is 'A digest of what tells sessions apart. A visitor''s is keyed with a salt that is dropped after the day.';
comment on column analytics.sessions.conversation is 'The client''s own session id, as the rows of its model calls and decisions have it.';

create index sessions_key on analytics.sessions (tenant, kind, key, started_at);
create index sessions_at on analytics.sessions (tenant, started_at);
select database.partition_by_day('analytics.sessions');

create table analytics.salts (
    tenant text  not null,
    day    date  not null,
    salt   bytea not null,
    primary key (tenant, day)
);

comment on table analytics.salts is 'Makes visitors'' keys of one day. A day''s row is dropped when the day is over.';

create table analytics.daily (
    tenant     text  not null,
    day        date  not null,
    source     text  not null,
    dimensions jsonb not null,
    measures   jsonb not null
);

comment on table analytics.daily is 'Sums of a day, a row for each combination of a source''s dimensions. Written by the job analytics.rollup, whole days at a time.';
create index daily_day on analytics.daily (tenant, source, day);

create table analytics.rolled (
    tenant text        not null,
    source text        not null,
    day    date        not null,
    at     timestamptz not null default now(),
    rows   bigint      not null,
    primary key (tenant, source, day)
);

comment on table analytics.rolled is 'The days that analytics.daily has. Others are summed up when somebody asks.';
