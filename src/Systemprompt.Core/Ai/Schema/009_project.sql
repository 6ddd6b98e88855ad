-- The project that a call counts for. Outside the hash chain, whose fields stay as they were when the rows that exist were hashed.
alter table ai.requests_opened add column project text;

comment on column ai.requests_opened.project is 'What the client''s header or the access key names; null when neither does.';

-- One more column at the end of the view, whatever it shows by now.
do $$
declare
    shown text := pg_get_viewdef('ai.requests'::regclass);
    grown text := regexp_replace(shown, E'\n\\s+FROM \\(?(ai\\.)?requests_opened o\\y', E',\n    o.project\\&');
begin
    if grown = shown then
        raise exception 'the view ai.requests is not made of ai.requests_opened o any more';
    end if;
    execute 'create or replace view ai.requests as ' || grown;
end $$;
