-- governance.decisions shows every verdict, whichever door it was given at. The view belongs to governance, which cannot know of model
-- calls; so this room appends its own to whatever the view shows already, in the view's columns.
do $$
begin
    execute 'create or replace view governance.decisions as '
         || rtrim(pg_get_viewdef('governance.decisions'::regclass), '; ')
         || ' union all
             select id, opened_at, tenant, ''model'', user_id, tier, token_id, session_id, null, null, model, verdict, policy, reason,
                    trace::jsonb, trace_id, client_address
               from ai.requests_opened
              where verdict is not null';
end $$;
