-- Who recomputes a chain asks for a writer's rows by their numbers. Few writers stand beside each other in a table, so BRIN finds them for next to nothing.
create index on governance.hook_decisions using brin (writer, seq) with (pages_per_range = 32);
