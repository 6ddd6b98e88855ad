-- Verdicts at the hook door, and refusals at a model door before anything was opened (no token, wrong tier, tier limit). Append-only.
create table governance.hook_decisions (
    id             uuid        not null,
    decided_at     timestamptz not null,
    tenant         text        not null,
    door           text        not null,
    user_digest    bytea,
    tier           text        not null,
    token_id       text,
    session_id     text,
    event          text,
    tool           text,
    model          text,
    verdict        text        not null,
    policy         text,
    reason         text,
    trace          json        not null,
    trace_id       text,
    client_digest  bytea,
    writer         uuid        not null,
    seq            bigint      not null,
    hash           bytea       not null,
    user_id        text,
    client_address text,
    primary key (id, decided_at)
) partition by range (decided_at);

comment on column governance.hook_decisions.door is 'hook or model: where the call came in.';
comment on column governance.hook_decisions.verdict is 'allow, deny or limit.';
comment on column governance.hook_decisions.trace is 'Every policy that ran, in order: [{"policy","outcome","us"}]. json, not jsonb: the hash chain covers its bytes.';
comment on column governance.hook_decisions.user_id is 'Personal: outside the hash chain, which covers user_digest = SHA-256(id || user_id).';

select audit.adopt('governance.hook_decisions');

-- One row a decision. The room of model calls adds its verdicts to this view.
create view governance.decisions as
select id, decided_at, tenant, door, user_id, tier, token_id, session_id, event, tool, model, verdict, policy, reason,
       trace::jsonb as trace, trace_id, client_address
  from governance.hook_decisions;
