-- Log lines, kept by how much they matter: what somebody should look at is kept longer than what only tells how things went.
create table logging.details (
    at       timestamptz not null,
    tenant   text        not null,
    level    smallint    not null,
    event    int         not null,
    room     text        not null,
    category text        not null,
    message  text        not null,
    fields   json,
    error    text,
    trace    text,
    login    text,
    session  text,
    instance text        not null,
    seq      bigint      not null
) partition by range (at);

comment on table logging.details is 'Levels trace (0), debug (1), info (2).';
comment on column logging.details.seq is 'Counts the lines of an instance.';

create table logging.alerts (like logging.details) partition by range (at);

comment on table logging.alerts is 'Levels warning (3), error (4), critical (5).';

create index details_at on logging.details (tenant, at);
create index details_trace on logging.details (trace) where trace is not null;
create index alerts_at on logging.alerts (tenant, at);
create index alerts_trace on logging.alerts (trace) where trace is not null;

select database.partition_by_day('logging.details');
select database.partition_by_day('logging.alerts');

create view logging.entries as
    select * from logging.details
    union all
    select * from logging.alerts;
