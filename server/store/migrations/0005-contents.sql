-- What was said in requests, where an operator has turned that on, and only for some days.
create table usage_contents (
  request_id text not null,
  kind text not null,
  at bigint not null,
  is_cut integer not null,
  content text not null,
  primary key (request_id, kind)
);

create index usage_contents_at on usage_contents (at);
