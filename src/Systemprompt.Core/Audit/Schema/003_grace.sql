-- A process that keeps a journal may die with the ends of its calls in it. How long others wait for the machine's next start to bring them, before they end those calls by themselves.
alter table audit.writers add column grace interval not null default '0';

comment on column audit.writers.grace is 'Added to lease_until by others: the writer''s calls may have their ends in a journal. 0 once its machine''s next start has written that.';
