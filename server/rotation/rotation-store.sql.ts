// Rotated keys in the database. One statement each, so that it also works behind a pooler.
import { z } from "zod";
import type { Database, Row, Value } from "../store/database.ts";
import { type RotatedKey, type RotatedKeyChange, rotationStates } from "./rotated-key.ts";
import type { ReplicaReport, RotationStore } from "./rotation-store.ts";

const columns = {
  generation: "generation",
  current: "current_sealed",
  next: "next_sealed",
  previous: "previous_sealed",
  inServiceSince: "in_service_since",
  state: "state",
  stateSince: "state_since",
  rotation: "rotation",
  attempts: "attempts",
  retryAt: "retry_at",
  requestedAt: "requested_at",
  error: "error",
  failedAt: "failed_at",
  leaseOwner: "lease_owner",
  leaseUntil: "lease_until",
} as const satisfies Record<keyof RotatedKeyChange, string>;

const stateSchema = z.enum(rotationStates);
const keysSchema = z.record(z.string(), z.object({ generation: z.number(), problem: z.string().optional() }));

export const sqlRotationStore = ({ all, run }: Pick<Database, "all" | "run">): RotationStore => ({
  all: async () => (await all("select * from rotated_keys order by name, configured_hash")).map(keyOf),
  add: async (name, configuredHash, now) => {
    const sql = `insert into rotated_keys (name, configured_hash, version, generation, in_service_since, state, state_since, attempts,
      retry_at, lease_until) values ($1, $2, 0, 0, $3, 'idle', $4, 0, 0, 0) on conflict (name, configured_hash) do nothing`;
    await run(sql, [name, configuredHash, now, now]);
  },
  change: async (key, change) => {
    const entries = Object.entries(change) as [keyof RotatedKeyChange, Value | undefined][];
    const sets = entries.map(([name], index) => `${columns[name]} = $${index + 4}`);
    const sql = `update rotated_keys set ${[...sets, "version = version + 1"].join(", ")}
      where name = $1 and configured_hash = $2 and version = $3`;
    const values = [key.name, key.configuredHash, key.version, ...entries.map(([, value]) => value ?? null)];
    const changed = await run(sql, values);
    return changed === 1 ? { ...key, ...change, version: key.version + 1 } : undefined;
  },
  replicas: async () => (await all("select * from key_replicas order by replica")).map(reportOf),
  report: async ({ replica, seenAt, rotates, keys }) => {
    const sql = `insert into key_replicas (replica, seen_at, rotates, keys) values ($1, $2, $3, $4)
      on conflict (replica) do update set seen_at = excluded.seen_at, rotates = excluded.rotates, keys = excluded.keys`;
    await run(sql, [replica, seenAt, rotates ? 1 : 0, JSON.stringify(keys)]);
  },
  forgetReplicas: async (replica, before) => {
    await run("delete from key_replicas where replica = $1 or seen_at < $2", [replica ?? "", before]);
  },
});

const keyOf = (row: Row): RotatedKey => ({
  name: String(row.name),
  configuredHash: String(row.configured_hash),
  version: Number(row.version),
  generation: Number(row.generation),
  current: textOf(row.current_sealed),
  next: textOf(row.next_sealed),
  previous: textOf(row.previous_sealed),
  inServiceSince: Number(row.in_service_since),
  state: stateSchema.parse(row.state),
  stateSince: Number(row.state_since),
  rotation: textOf(row.rotation),
  attempts: Number(row.attempts),
  retryAt: Number(row.retry_at),
  requestedAt: numberOf(row.requested_at),
  error: textOf(row.error),
  failedAt: numberOf(row.failed_at),
  leaseOwner: textOf(row.lease_owner),
  leaseUntil: Number(row.lease_until),
});

const reportOf = (row: Row): ReplicaReport => ({
  replica: String(row.replica),
  seenAt: Number(row.seen_at),
  rotates: Number(row.rotates) === 1,
  keys: keysSchema.parse(JSON.parse(String(row.keys))),
});

const textOf = (value: Value | undefined): string | undefined => (value == null ? undefined : String(value));
const numberOf = (value: Value | undefined): number | undefined =>
  value == null ? undefined : Number(value);
