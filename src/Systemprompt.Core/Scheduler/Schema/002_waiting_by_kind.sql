-- By kind first: taking jumps over kinds that are paused, full or unknown to a process, however many of their jobs wait.
create index jobs_waiting_of_kind on scheduler.jobs (tenant, kind, priority, run_at, id) where state = 'waiting';
drop index scheduler.jobs_waiting;
