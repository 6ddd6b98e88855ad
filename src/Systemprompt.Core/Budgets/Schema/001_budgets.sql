-- Budgets that were set beside the profile's: a row stands in place of the profile's budget of the same name; without a spec that budget is off.
create table budgets.definitions (
    tenant     text        not null,
    name       text        not null,
    version    bigint      not null,
    spec       jsonb,
    updated_at timestamptz not null default now(),
    updated_by text        not null,
    primary key (tenant, name)
);

-- Every change, by whom, with the budget as it was from then on.
create table budgets.changes (
    tenant  text        not null,
    name    text        not null,
    version bigint      not null,
    change  text        not null,
    spec    jsonb,
    by_whom text        not null,
    at      timestamptz not null default clock_timestamp(),
    primary key (tenant, name, version)
);

-- Processes that hold slices. One whose lease has run out is closed by another, which settles what it held by the audit trail.
create table budgets.replicas (
    id          uuid        primary key,
    tenant      text        not null,
    started_at  timestamptz not null default clock_timestamp(),
    lease_until timestamptz not null,
    closed      boolean     not null default false
);

-- What a budget came to in one window for one key. Never more than the limit in spent and leased together, unless a provider charged more
-- than a call had reserved.
create table budgets.windows (
    tenant       text        not null,
    budget       text        not null,
    unit         text        not null,
    period       text        not null,
    key          text        not null,
    start_at     timestamptz not null,
    end_at       timestamptz not null,
    budget_limit bigint      not null,
    spent        bigint      not null default 0,
    assumed      bigint      not null default 0,
    calls        bigint      not null default 0,
    leased       bigint      not null default 0,
    updated_at   timestamptz not null default clock_timestamp(),
    primary key (tenant, budget, unit, period, key, start_at)
) partition by range (start_at);
select database.partition_by_day('budgets.windows');
create index on budgets.windows (tenant, end_at);

comment on column budgets.windows.spent is 'What calls really came to, as far as replicas have reported it, and the assumed part.';
comment on column budgets.windows.assumed is 'The part of spent whose amount nobody said: what was reserved for those calls.';
comment on column budgets.windows.leased is 'Handed out to replicas and neither spent nor given back: the sum of budgets.leases.held.';

-- The slice of a window that one replica holds, and what it has reported of it so far. seq rises with each message of the replica, so that a
-- message that comes late changes nothing.
create table budgets.leases (
    replica  uuid        not null,
    tenant   text        not null,
    budget   text        not null,
    unit     text        not null,
    period   text        not null,
    key      text        not null,
    start_at timestamptz not null,
    end_at   timestamptz not null,
    seq      bigint      not null,
    held     bigint      not null,
    spent    bigint      not null,
    assumed  bigint      not null,
    calls    bigint      not null,
    primary key (replica, budget, unit, period, key, start_at)
) with (fillfactor = 50);

-- The one way in which a slice changes: reports what was spent in all, says how much is kept, and asks for more. An answer of -1 means that
-- the replica was closed, -2 that the message came late. What is granted is at least what is needed, or nothing; beyond that at most what is
-- wanted, and never more than a share of what is left, so that slices shrink as the window fills.
create function budgets.sync(
    p_tenant text, p_replica uuid, p_budget text, p_unit text, p_period text, p_key text, p_start timestamptz, p_end timestamptz,
    p_limit bigint, p_seq bigint, p_spent bigint, p_assumed bigint, p_calls bigint, p_keep bigint, p_need bigint, p_want bigint, p_living boolean,
    out granted bigint, out total_spent bigint, out total_leased bigint)
language plpgsql as $$
declare
    slice    budgets.leases;
    rest     numeric;
    replicas bigint;
begin
    granted := 0;
    if p_living then
        -- Until the end of this transaction nobody takes this replica for dead.
        perform from budgets.replicas r where r.id = p_replica and not r.closed for share;
        if not found then
            granted := -1;
            return;
        end if;
    end if;
    insert into budgets.windows (tenant, budget, unit, period, key, start_at, end_at, budget_limit)
    values (p_tenant, p_budget, p_unit, p_period, p_key, p_start, p_end, p_limit)
    on conflict do nothing;
    select w.spent, w.leased into total_spent, total_leased
      from budgets.windows w
     where w.tenant = p_tenant and w.budget = p_budget and w.unit = p_unit and w.period = p_period and w.key = p_key and w.start_at = p_start
       for update;
    select l.* into slice
      from budgets.leases l
     where l.replica = p_replica and l.budget = p_budget and l.unit = p_unit and l.period = p_period and l.key = p_key and l.start_at = p_start;
    if p_living and coalesce(slice.seq, 0) >= p_seq then
        granted := -2;
        return;
    end if;
    total_spent := total_spent + p_spent - coalesce(slice.spent, 0);
    total_leased := total_leased + p_keep - coalesce(slice.held, 0);
    rest := p_limit::numeric - total_spent - total_leased;
    if p_need > 0 and rest >= p_need then
        select count(*) into replicas from budgets.replicas r where r.tenant = p_tenant and not r.closed and r.lease_until > clock_timestamp();
        granted := least(rest, greatest(p_need, least(p_want, floor(rest / (4 * greatest(replicas, 1))))));
    end if;
    total_leased := total_leased + granted;
    update budgets.windows w
       set spent = total_spent, leased = total_leased, assumed = w.assumed + p_assumed - coalesce(slice.assumed, 0), calls = w.calls + p_calls - coalesce(slice.calls, 0),
           budget_limit = case when p_living then p_limit else w.budget_limit end, updated_at = clock_timestamp()
     where w.tenant = p_tenant and w.budget = p_budget and w.unit = p_unit and w.period = p_period and w.key = p_key and w.start_at = p_start;
    insert into budgets.leases (replica, tenant, budget, unit, period, key, start_at, end_at, seq, held, spent, assumed, calls)
    values (p_replica, p_tenant, p_budget, p_unit, p_period, p_key, p_start, p_end, p_seq, p_keep + granted, p_spent, p_assumed, p_calls)
    on conflict (replica, budget, unit, period, key, start_at) do update
       set seq = excluded.seq, held = excluded.held, spent = excluded.spent, assumed = excluded.assumed, calls = excluded.calls;
end $$;
