-- Who recomputes a chain asks for a writer's rows by their numbers. Few writers stand beside each other in a table, so BRIN finds them for next to nothing.
create index on ai.requests_opened using brin (writer, seq) with (pages_per_range = 32);
create index on ai.requests_settled using brin (writer, seq) with (pages_per_range = 32);
