-- Budgets: what each replica has spent of each account of a running period, and the alerts that were raised.
create table budget_amounts (
  account text not null,
  replica text not null,
  ends_at bigint not null,
  spent bigint not null,
  primary key (account, replica)
);

create index budget_amounts_ends_at on budget_amounts (ends_at);

-- One row for each threshold that an account has reached. The replica that inserts it tells; another one takes over when that fails.
create table budget_alerts (
  account text not null,
  threshold integer not null,
  ends_at bigint not null,
  event text not null,
  claimed_at bigint not null,
  delivered_at bigint,
  primary key (account, threshold)
);
