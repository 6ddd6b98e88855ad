-- A call's share of the indexes was a sixth of all it takes. Ids are version 7: their order is that of time, so the primary key lists calls and the index
-- by time is not needed beside it; a BRIN index, which is next to nothing, finds the part of a day. Who wrote a row is the same for thousands of
-- neighbours, which a B-tree keeps once as long as nothing else stands in the key.
drop index ai.requests_opened_opened_at_id_idx;
drop index ai.requests_opened_writer_opened_at_idx;
drop index ai.requests_opened_budget_replica_opened_at_idx;
create index on ai.requests_opened (writer);
create index on ai.requests_opened (budget_replica) where budget_replica is not null;
create index on ai.requests_opened using brin (opened_at) with (pages_per_range = 32);

comment on column ai.requests_settled.provider is 'Who answered, or was asked last; null when that is whom the call was opened for.';
