-- The tools that ran, beside the call in ai.requests and beside its verdict in governance.decision_tools: one more column at the end of the one view and one more
-- part of the other, whatever they show by now.
do $$
declare
    shown text := pg_get_viewdef('ai.requests'::regclass);
    grown text := regexp_replace(shown, E'\n\\s+FROM \\(?(ai\\.)?requests_opened o\\y', E',\n    o.tools::jsonb AS tools\\&');
begin
    if grown = shown then
        raise exception 'the view ai.requests is not made of ai.requests_opened o any more';
    end if;
    execute 'create or replace view ai.requests as ' || grown;
    execute 'create or replace view governance.decision_tools as '
         || rtrim(pg_get_viewdef('governance.decision_tools'::regclass), '; ')
         || ' union all
             select id, opened_at, null, tools
               from ai.requests_opened
              where tools is not null';
end $$;
