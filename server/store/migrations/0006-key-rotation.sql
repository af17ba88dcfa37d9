-- Rotated upstream keys: one row for each configured secret (by its keyed hash), with the secret that took its place, sealed, and how
-- far its replacement is. Each change raises the version, so of two replicas one changes it.
create table rotated_keys (
  name text not null,
  configured_hash text not null,
  version bigint not null,
  generation bigint not null,
  current_sealed text,
  next_sealed text,
  previous_sealed text,
  in_service_since bigint not null,
  state text not null,
  state_since bigint not null,
  rotation text,
  attempts bigint not null,
  retry_at bigint not null,
  requested_at bigint,
  error text,
  failed_at bigint,
  lease_owner text,
  lease_until bigint not null,
  primary key (name, configured_hash)
);

-- What each running replica has in service, so that an old key is deleted only when none uses it any more.
create table key_replicas (
  replica text primary key,
  seen_at bigint not null,
  rotates bigint not null,
  keys text not null
);
