-- Users of our own, and the hashes of their tokens: several, so that a rotation can overlap.
create table users (
  name text primary key,
  roles text not null,
  profiles text,
  limits text not null,
  created_at bigint not null,
  last_used_at bigint,
  disabled_at bigint
);

create table user_tokens (
  prefix text primary key,
  user_name text not null references users (name) on delete cascade,
  hash text not null,
  key_id text not null,
  created_at bigint not null,
  expires_at bigint
);

create index user_tokens_of_user on user_tokens (user_name);
