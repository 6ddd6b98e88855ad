-- The call of the tool that an event is about, as the client names it: the gateway sees the same name in the conversation. Outside the hash chain, whose fields
-- stay as they were when the rows that exist were hashed.
alter table governance.hook_decisions add column tool_use_id text;

comment on column governance.hook_decisions.tool_use_id is 'The client''s name of the call of the tool.';
comment on column governance.hook_decisions.door is 'hook, track (only recorded) or model: where it came in.';

-- Tools that ran, as the conversations say that pass the gateway. The room of model calls adds what it sees.
create view governance.tool_runs as
select decided_at as at, tenant, user_id, session_id, tool_use_id, tool
  from governance.hook_decisions
 where false;
