-- The ledger: records of single requests for some weeks, their sums by hour and by day for ever. Absent texts are empty in the sums.
create table usage_records (
  request_id text primary key,
  at bigint not null,
  kind text not null,
  source text not null,
  caller text not null,
  team text,
  profile text,
  rule text,
  tool text,
  upstream_key text,
  model text,
  status integer not null,
  problem text,
  aborted integer not null,
  cache text,
  latency_ms real not null,
  tags text not null,
  text_in bigint not null,
  text_cached bigint not null,
  text_cache_writes bigint not null,
  text_out bigint not null,
  audio_in bigint not null,
  audio_cached bigint not null,
  audio_out bigint not null,
  image_in bigint not null,
  image_cached bigint not null,
  image_out bigint not null,
  seconds real not null,
  images bigint not null,
  cost_nano_usd bigint,
  story text not null
);

create index usage_records_at on usage_records (at);
create index usage_records_of_caller on usage_records (caller, at);
create index usage_records_refused on usage_records (at) where problem is not null;

-- Each record is summed once for each slice (server/ledger/slices.ts): a slice keeps some of the texts, and the others are empty in it.
create table usage_hours (
  slice text not null,
  at bigint not null,
  source text not null,
  kind text not null,
  caller text not null,
  team text not null,
  profile text not null,
  tool text not null,
  model text not null,
  upstream_key text not null,
  answered bigint not null,
  refused bigint not null,
  failed bigint not null,
  aborted bigint not null,
  cache_hits bigint not null,
  unpriced bigint not null,
  text_in bigint not null,
  text_cached bigint not null,
  text_cache_writes bigint not null,
  text_out bigint not null,
  audio_in bigint not null,
  audio_cached bigint not null,
  audio_out bigint not null,
  image_in bigint not null,
  image_cached bigint not null,
  image_out bigint not null,
  seconds real not null,
  images bigint not null,
  cost_nano_usd bigint not null,
  primary key (slice, at, source, kind, caller, team, profile, tool, model, upstream_key)
) without rowid;

create table usage_days (
  slice text not null,
  at bigint not null,
  source text not null,
  kind text not null,
  caller text not null,
  team text not null,
  profile text not null,
  tool text not null,
  model text not null,
  upstream_key text not null,
  answered bigint not null,
  refused bigint not null,
  failed bigint not null,
  aborted bigint not null,
  cache_hits bigint not null,
  unpriced bigint not null,
  text_in bigint not null,
  text_cached bigint not null,
  text_cache_writes bigint not null,
  text_out bigint not null,
  audio_in bigint not null,
  audio_cached bigint not null,
  audio_out bigint not null,
  image_in bigint not null,
  image_cached bigint not null,
  image_out bigint not null,
  seconds real not null,
  images bigint not null,
  cost_nano_usd bigint not null,
  primary key (slice, at, source, kind, caller, team, profile, tool, model, upstream_key)
) without rowid;

-- One caller's sums by all else: the whole of a range would be read for them.
create index usage_hours_of_caller on usage_hours (caller, at) where slice = 'all';
create index usage_days_of_caller on usage_days (caller, at) where slice = 'all';

-- Refusals by hour, those of unknown callers too: their caller is empty.
create table usage_refusals (
  at bigint not null,
  problem text not null,
  caller text not null,
  requests bigint not null,
  primary key (at, problem, caller)
) without rowid;

-- Latencies by hour, in buckets whose bounds grow by a tenth: bucket n holds up to 1.1^n milliseconds.
create table usage_latencies (
  at bigint not null,
  kind text not null,
  bucket integer not null,
  requests bigint not null,
  primary key (at, kind, bucket)
) without rowid;

alter table users add column team text;

-- How much of each of the journal's segments is written: what advances with the records themselves is written once.
create table usage_segments (
  name text primary key,
  bytes bigint not null
);
