-- A model call is two rows that are only ever added: opened before anything leaves for the provider, settled before the last byte of the
-- answer leaves for the client. A settled row repeats id and opened_at, so that one call has at most one end and both rows lie in the
-- partitions of the same day.
create table ai.requests_opened (
    id             uuid        not null,
    opened_at      timestamptz not null,
    tenant         text        not null,
    user_digest    bytea,
    tier           text        not null,
    token_id       text,
    session_id     text,
    trace_id       text,
    client         text,
    client_digest  bytea,
    provider       text,
    model          text,
    stream         boolean     not null,
    max_tokens     bigint,
    request_bytes  bigint      not null,
    verdict        text,
    policy         text,
    reason         text,
    trace          json,
    writer         uuid        not null,
    seq            bigint      not null,
    hash           bytea       not null,
    user_id        text,
    client_address text,
    primary key (id, opened_at)
) partition by range (opened_at);
select audit.adopt('ai.requests_opened');

create table ai.requests_settled (
    id                      uuid        not null,
    opened_at               timestamptz not null,
    completed_at            timestamptz not null,
    status                  text        not null check (status in ('completed', 'failed', 'refused', 'aborted', 'interrupted')),
    http_status             int,
    upstream_status         int,
    error                   text,
    stop_reason             text,
    input_tokens            bigint      not null,
    output_tokens           bigint      not null,
    cache_write_5m_tokens   bigint      not null,
    cache_write_1h_tokens   bigint      not null,
    cache_read_tokens       bigint      not null,
    usage_unknown           boolean     not null,
    usage_estimated         boolean     not null,
    cost_microdollars       bigint,
    cost_unknown            boolean     not null,
    response_bytes          bigint      not null,
    first_byte_microseconds bigint,
    upstream_request_id     text,
    writer                  uuid        not null,
    seq                     bigint      not null,
    hash                    bytea       not null,
    primary key (id, opened_at)
) partition by range (opened_at);
select audit.adopt('ai.requests_settled');

create index on ai.requests_opened (opened_at, id);
create index on ai.requests_opened (writer, opened_at);

comment on table ai.requests_opened is 'Model calls as they came in, with the verdict of the policy chain.';
comment on table ai.requests_settled is 'How model calls ended: one row a call, at most.';
comment on column ai.requests_opened.verdict is 'allow, deny or limit; null when the call ended before the policies were asked.';
comment on column ai.requests_opened.trace is 'Every policy that ran, in order: [{"policy","outcome","us"}]. json, not jsonb: the hash chain covers its bytes.';
comment on column ai.requests_opened.client is 'The client''s software, as its user-agent says.';
comment on column ai.requests_opened.user_id is 'Personal, as is client_address: outside the hash chain, which covers user_digest = SHA-256(id || user_id).';
comment on column ai.requests_settled.error is 'A short stable word; upstream errors as the provider names them.';
comment on column ai.requests_settled.usage_unknown is 'The provider said nothing of usage; the token counts are 0 for want of better.';
comment on column ai.requests_settled.usage_estimated is 'output_tokens is an estimate: the stream ended before the provider counted.';
comment on column ai.requests_settled.cost_microdollars is 'Null when cost_unknown. Rounded once to the nearest microdollar, halves up.';

create view ai.requests as
select o.id,
       o.opened_at as created_at,
       s.completed_at,
       o.tenant,
       o.user_id,
       o.model,
       coalesce(s.status, 'open') as status,
       s.input_tokens,
       s.output_tokens,
       s.cost_microdollars,
       o.provider,
       o.stream,
       o.tier,
       o.token_id,
       o.session_id,
       o.trace_id,
       o.client,
       o.client_address,
       o.user_digest,
       o.max_tokens,
       s.cache_write_5m_tokens,
       s.cache_write_1h_tokens,
       s.cache_read_tokens,
       s.usage_unknown,
       s.usage_estimated,
       s.cost_unknown,
       s.http_status,
       s.upstream_status,
       s.upstream_request_id,
       s.error,
       s.stop_reason,
       o.verdict,
       o.policy,
       o.reason,
       o.trace::jsonb as trace,
       o.request_bytes,
       s.response_bytes,
       (extract(epoch from s.completed_at - o.opened_at) * 1000)::numeric(12, 3) as latency_ms,
       (s.first_byte_microseconds / 1000.0)::numeric(12, 3) as first_byte_ms
  from ai.requests_opened o
  left join ai.requests_settled s on s.id = o.id and s.opened_at = o.opened_at;

comment on view ai.requests is 'One row a model call. status open means that it is under way, or that its end is about to be written.';
