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

-- Responses that run in the background: each is booked once, though its usage is told whenever it is fetched.
create table usage_responses (
  response_id text primary key,
  at bigint not null,
  booked integer not null,
  held_tokens bigint not null,
  held_nano_usd bigint not null
);

create index usage_responses_at on usage_responses (at);
