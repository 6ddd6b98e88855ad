-- The project that calls with a key count for unless they name another, and a way to find a key, also one that was deleted, by the beginning of its name in whatever collation
-- the database has.
alter table users.keys add column project text;

create index keys_prefix on users.keys (tenant, prefix text_pattern_ops);
create index changes_keys on users.changes (tenant, detail text_pattern_ops) where change = 'key deleted';
