-- The audit trail: entries in chains, to which nothing but the retention's deletions ever happens.
create table audit_entries (
  chain text not null,
  number bigint not null,
  at bigint not null,
  action text not null,
  body text not null,
  hash text not null,
  seal text not null,
  primary key (chain, number)
);

create index audit_entries_at on audit_entries (at, chain, number);

-- For the changes from one start to the next.
create index audit_entries_configuration on audit_entries (at) where action = 'configuration-loaded';

-- The last entry of each chain, and the last that an anchor names.
create table audit_chains (
  chain text primary key,
  number bigint not null,
  hash text not null,
  anchored bigint not null
);
