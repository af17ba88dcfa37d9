// Port to where rotated keys and what each replica has in service are kept: the database that the replicas share.
import type { RotatedKey, RotatedKeyChange } from "./rotated-key.ts";

/** A running replica, as it last reported. */
export interface ReplicaReport {
  replica: string;
  /** Milliseconds since 1970. */
  seenAt: number;
  /** Whether it has an admin key, so that it rotates. */
  rotates: boolean;
  /** Of each key, by `idOf`, the generation in service, and what is known to be wrong with it. */
  keys: Readonly<Record<string, { generation: number; problem?: string | undefined }>>;
}

export interface RotationStore {
  all(): Promise<readonly RotatedKey[]>;
  /** Adds a key that is not there yet, with its configured secret in service since `now`. */
  add(name: string, configuredHash: string, now: number): Promise<void>;
  /** Resolves to the changed key; undefined where another replica changed it since it was read, and nothing is changed. */
  change(key: RotatedKey, change: RotatedKeyChange): Promise<RotatedKey | undefined>;
  replicas(): Promise<readonly ReplicaReport[]>;
  report(report: ReplicaReport): Promise<void>;
  /** Forgets a replica that stops, and those that were not seen since `before`. */
  forgetReplicas(replica: string | undefined, before: number): Promise<void>;
}
