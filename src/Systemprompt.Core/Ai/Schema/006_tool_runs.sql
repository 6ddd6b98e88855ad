-- The results of tools that a request brings with it, which the request before did not have: tools that ran. Outside the hash chain, whose fields stay as they
-- were when the rows that exist were hashed.
alter table ai.requests_opened add column tools json;

comment on column ai.requests_opened.tools is 'Tools that ran since the request before: [{"id","tool"}]; null when none did.';

do $$
begin
    execute 'create or replace view governance.tool_runs as '
         || rtrim(pg_get_viewdef('governance.tool_runs'::regclass), '; ')
         || ' union all
             select o.opened_at, o.tenant, o.user_id, o.session_id, run ->> ''id'', run ->> ''tool''
               from ai.requests_opened o, json_array_elements(o.tools) run
              where o.tools is not null';
end $$;
