-- The calls of tools that a verdict is about, beside governance.decisions by id and decided_at: on a hook event the client's name of the call, on a model call the
-- tools that its conversation says ran. A view of its own, since what other rooms add to governance.decisions has that view's columns. The room of model calls adds
-- what it sees.
create view governance.decision_tools as
select id, decided_at, tool_use_id, null::json as tools
  from governance.hook_decisions
 where tool_use_id is not null;

comment on view governance.decision_tools is 'tool_use_id of a hook event, or tools of a model call: [{"id","tool"}]. No row where there are none.';
