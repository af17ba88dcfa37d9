-- Tickets for supervised voice sessions, by their SHA-256. Deleting the row is using the ticket. The caller and what they asked for are
-- JSON; what that grants is decided when the ticket is used.
create table tickets (
  hash text not null primary key,
  session_id text not null,
  caller text not null,
  key_request text not null,
  grant_hash text not null,
  tags text not null,
  expires_at bigint not null
);

create index tickets_expires_at on tickets (expires_at);

-- Supervised voice sessions. The owner is the replica that watches over one; each new owner raises the term, and writes of an earlier
-- term change nothing. `totals` is what it has used, as JSON.
create table voice_sessions (
  id text not null primary key,
  interface text not null,
  carriage text not null,
  state text not null,
  caller_id text not null,
  user_name text,
  caller text not null,
  profile text not null,
  model text,
  supervision text not null,
  voice text not null,
  session text not null,
  tags text not null,
  call_id text,
  upstream_key text,
  opened_at bigint not null,
  ends_at bigint not null,
  active_at bigint not null,
  ended_at bigint,
  reason text,
  end_requested text,
  totals text not null,
  owner text,
  term bigint not null,
  grant_hash text not null
);

create index voice_sessions_owner on voice_sessions (state, owner);

create index voice_sessions_caller on voice_sessions (caller_id, opened_at);

create index voice_sessions_user on voice_sessions (user_name, opened_at);

create index voice_sessions_opened_at on voice_sessions (opened_at);

create index voice_sessions_ended_at on voice_sessions (ended_at);

create index voice_sessions_call on voice_sessions (call_id);

create index voice_sessions_grant on voice_sessions (grant_hash);

-- The accounts in which a session is counted.
create table voice_session_accounts (
  account text not null,
  session_id text not null references voice_sessions (id) on delete cascade,
  primary key (account, session_id)
);

create index voice_session_accounts_session on voice_session_accounts (session_id);

-- Milliseconds of an account's sessions in its last day and month (UTC), by the moment at which each began. Booking a session locks the
-- row, so that replicas count one after the other.
create table session_minutes (
  account text not null primary key,
  day bigint not null,
  day_ms bigint not null,
  month bigint not null,
  month_ms bigint not null
);

-- When each replica last said that it lives.
create table session_replicas (
  replica text not null primary key,
  seen_at bigint not null
);
