-- What waits, runs or is dead. A job that ends leaves this table for the history, so that the table stays as small as the work at hand.
--   delayed  not before run_at: a delay, a retry; promoted to waiting when it is due
--   waiting  due, in order of priority, run_at, id
--   running  attempt `attempt` is under way on `worker`
--   dead     its attempts are used up, or it must not run again; kept for somebody to requeue
create table scheduler.jobs (
    id             bigint      generated always as identity primary key,
    tenant         text        not null,
    kind           text        not null,
    args           jsonb       not null,
    state          text        not null check (state in ('delayed', 'waiting', 'running', 'dead')),
    priority       smallint    not null check (priority between 1 and 9),
    run_at         timestamptz not null,
    attempt        int         not null default 0,
    failures       int         not null default 0,
    lost           int         not null default 0,
    unique_key     text,
    enqueued_at    timestamptz not null default now(),
    enqueued_by    text,
    worker         uuid,
    started_at     timestamptz,
    cancelled_by   text,
    progress_done  bigint,
    progress_total bigint,
    progress_note  text,
    last_error     text
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

comment on column scheduler.jobs.attempt is 'How often it was started.';
comment on column scheduler.jobs.failures is 'How often it failed: an interrupted attempt is none.';
comment on column scheduler.jobs.lost is 'How often the process that ran it died.';

create index jobs_waiting on scheduler.jobs (tenant, priority, run_at, id) where state = 'waiting';
create index jobs_delayed on scheduler.jobs (tenant, run_at) where state = 'delayed';
create index jobs_running on scheduler.jobs (tenant, kind, worker) where state = 'running';
create index jobs_dead on scheduler.jobs (tenant, run_at) where state = 'dead';
create unique index jobs_unique on scheduler.jobs (tenant, kind, unique_key) where unique_key is not null and state <> 'dead';

-- Keys that stand in the way of a second job for a time, whatever became of the first.
create table scheduler.unique_periods (
    tenant text        not null,
    kind   text        not null,
    key    text        not null,
    job    bigint      not null,
    until  timestamptz not null,
    primary key (tenant, kind, key)
);

-- Every attempt that ended.
create table scheduler.history (
    job         bigint      not null,
    tenant      text        not null,
    kind        text        not null,
    attempt     int         not null,
    outcome     text        not null check (outcome in ('done', 'failed', 'dead', 'cancelled', 'interrupted', 'postponed', 'lost')),
    enqueued_at timestamptz not null,
    enqueued_by text,
    started_at  timestamptz,
    finished_at timestamptz not null default clock_timestamp(),
    worker      uuid,
    error       text,
    ended_by    text,
    args        jsonb
) partition by range (finished_at);

comment on column scheduler.history.args is 'Of the attempt that ended the job.';

create index history_job on scheduler.history (job);
create index history_finished on scheduler.history (tenant, finished_at);

select database.partition_by_day('scheduler.history');

-- The processes that run jobs. One whose lease has run out is dead, and what it ran is given to others.
create table scheduler.workers (
    id          uuid        primary key,
    tenant      text        not null,
    instance    text        not null,
    version     text        not null,
    slots       int         not null,
    kinds       text[]      not null,
    started_at  timestamptz not null default now(),
    lease_until timestamptz not null,
    is_draining boolean     not null default false
);

-- The one process a tenant that does what only one needs to do: schedules, rescue, tidying. A term never comes back.
create table scheduler.leaders (
    tenant      text        primary key,
    worker      uuid        not null,
    term        bigint      not null,
    lease_until timestamptz not null
);

-- What is enqueued by itself. next_at moves in the transaction that enqueues, so that each tick is one job over all replicas.
create table scheduler.schedules (
    tenant    text        not null,
    name      text        not null,
    kind      text        not null,
    cron      text        not null,
    time_zone text        not null,
    args      jsonb       not null,
    source    text        not null,
    next_at   timestamptz,
    last_at   timestamptz,
    last_job  bigint,
    paused_at timestamptz,
    paused_by text,
    primary key (tenant, name)
);

-- Kinds that nobody runs until they are resumed.
create table scheduler.paused (
    tenant    text        not null,
    kind      text        not null,
    paused_at timestamptz not null default now(),
    paused_by text,
    primary key (tenant, kind)
);
