-- Which route took a call, and what its selector said. Outside the hash chain, whose fields stay as they were when the rows that exist were hashed.
alter table ai.requests_settled
    add column route        text,
    add column route_reason text;

comment on column ai.requests_settled.route is 'The route of the profile that took the call; null when the models of the providers decided.';
comment on column ai.requests_settled.route_reason is 'The route selector that was asked, and what came of it; null when none was.';

create or replace view ai.requests as
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
       coalesce(s.provider, o.provider) as provider,
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
       (s.first_byte_microseconds / 1000.0)::numeric(12, 3) as first_byte_ms,
       s.upstream_model,
       s.attempts,
       s.reasoning_tokens,
       s.answer_trace::jsonb as answer_trace,
       s.route,
       s.route_reason
  from ai.requests_opened o
  left join ai.requests_settled s on s.id = o.id and s.opened_at = o.opened_at;
