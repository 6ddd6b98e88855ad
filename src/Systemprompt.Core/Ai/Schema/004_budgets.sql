-- The budgets that a call counts on: who reserved, and what. Outside the hash chain, since keys of budgets name people; read when a replica is
-- gone, to find what its calls came to.
alter table ai.requests_opened add column budget_replica uuid, add column budgets json;
create index on ai.requests_opened (budget_replica, opened_at) where budget_replica is not null;

comment on column ai.requests_opened.budgets is 'The budgets that the call counts on, and what was reserved there: [{"budget","unit","period","key","from","reserved"}]. Personal.';
