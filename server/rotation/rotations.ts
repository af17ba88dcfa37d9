// Keeps a replica's keys as the database says, and does the steps of rotations, one replica at a time.
import type { Clock, Timers } from "../clock.ts";
import type { Secret } from "../secret.ts";
import { createAdvance, messageOf, type RotationNews } from "./advance.ts";
import { openCredential, type Sealing } from "./credential.ts";
import { dueAt, idOf, type RotatedKey, type RotationState } from "./rotated-key.ts";
import type { ReplicaReport, RotationStore } from "./rotation-store.ts";
import type { createSteps, RotatingKey } from "./steps.ts";

/** A key as this replica has it. */
export interface ReplicaKey {
  name: string;
  configuredHash: string;
  /** Undefined where the key is not to be rotated. */
  rotating: RotatingKey | undefined;
  problem: string | undefined;
}

export interface KeyState {
  name: string;
  state: RotationState;
  /** Milliseconds since 1970. */
  inServiceSince: number;
  dueAt: number | undefined;
  failedAt: number | undefined;
}

export interface RotationPorts {
  store: RotationStore;
  sealing: Sealing;
  /** Undefined on a replica without an admin key, which puts in service what others have made. */
  steps: ReturnType<typeof createSteps> | undefined;
  clock: Clock;
  timers: Timers;
  replica: string;
  keys(): readonly ReplicaKey[];
  /** Told when secrets in service have changed. */
  onSecrets(): void;
  onNews(news: RotationNews): void;
}

export interface Rotations extends AsyncDisposable {
  /** The secret in service in the place of a configured one; undefined where that is in service itself. */
  secretOf(key: { name: string; configuredHash: string }): Secret | undefined;
  /** Reads which secrets are in service, before the first request. Rejects when the database does not answer. */
  load(): Promise<void>;
  /** Reads the database and does what is due. Never rejects. */
  poll(): Promise<void>;
  /** Polls from now on. */
  begin(): void;
  states(): readonly KeyState[];
}

const POLL_MS = 1000;
/** As long as nothing was ever rotated, and nothing is to be. */
const POLL_IDLE_MS = 15_000;
const REPORT_MS = 10_000;
const FORGET_REPLICAS_MS = 86_400_000;

export const createRotations = (ports: RotationPorts): Rotations => {
  const { store, sealing, steps, clock, timers, replica, keys, onSecrets, onNews } = ports;
  const advance = steps && createAdvance({ store, steps, clock, replica, onNews });
  const closing = new AbortController();
  let rows: readonly RotatedKey[] = [];
  const opened = new Map<string, { sealed: string; secret: Secret; generation: number }>();
  let reported = { at: Number.NEGATIVE_INFINITY, text: "" };
  let isBlind = false;
  const unopened = new Map<string, string>();

  /** Opens what is new. Where that fails, what was in service stays. */
  const open = async (row: RotatedKey): Promise<boolean> => {
    const id = idOf(row);
    const known = opened.get(id);
    // The first new key failed: the configured one is in service again. A database that was restored knows less than this replica.
    if (row.current === undefined)
      return row.generation > (known?.generation ?? row.generation) && opened.delete(id);
    if (known?.sealed === row.current) return false;
    try {
      const { secret } = await openCredential(sealing, row, row.current);
      opened.set(id, { sealed: row.current, secret, generation: row.generation });
      unopened.delete(id);
      return true;
    } catch (error) {
      const problem = messageOf(error);
      // Told once, as it is tried again each second.
      if (unopened.get(id) !== problem)
        onNews({ kind: "failed", key: row.name, state: row.state, error: problem, retryMs: POLL_MS });
      unopened.set(id, problem);
      return false;
    }
  };

  const read = async (): Promise<void> => {
    const own = keys();
    rows = await store.all();
    const known = new Set(rows.map(idOf));
    const missing = own.filter((key) => key.rotating && !known.has(idOf(key)));
    for (const { name, configuredHash } of missing) await store.add(name, configuredHash, clock.now());
    if (missing.length > 0) rows = await store.all();
    let isChanged = false;
    for (const row of rows) isChanged = (await open(row)) || isChanged;
    if (isChanged) onSecrets();
    if (rows.length > 0) await report(own);
  };

  const report = async (own: readonly ReplicaKey[]): Promise<void> => {
    const entries = own.map((key): [string, ReplicaReport["keys"][string]] => [
      idOf(key),
      { generation: opened.get(idOf(key))?.generation ?? 0, problem: key.problem },
    ]);
    const text = JSON.stringify(entries);
    if (text === reported.text && clock.monotonic() < reported.at + REPORT_MS) return;
    const seenAt = clock.now();
    await store.report({ replica, seenAt, rotates: steps !== undefined, keys: Object.fromEntries(entries) });
    if (text !== reported.text) await store.forgetReplicas(undefined, seenAt - FORGET_REPLICAS_MS);
    reported = { at: clock.monotonic(), text };
  };

  const readSafely = async (): Promise<boolean> => {
    try {
      await read();
      if (isBlind) onNews({ kind: "sighted", error: undefined });
      isBlind = false;
      return true;
    } catch (error) {
      if (!isBlind && !closing.signal.aborted) onNews({ kind: "blind", error: messageOf(error) });
      isBlind = true;
      return false;
    }
  };

  let advancing: Promise<void> | undefined;
  const advanceAll = async (): Promise<void> => {
    const own = new Map(keys().map((key) => [idOf(key), key.rotating]));
    for (const row of rows) {
      const key = own.get(idOf(row));
      // The database was lost meanwhile: the row says how far it is, and the next poll goes on.
      if (key && !closing.signal.aborted) await advance?.(row, key, closing.signal).catch(() => {});
    }
  };

  const look = async (): Promise<void> => {
    if (!(await readSafely()) || !steps || closing.signal.aborted) return;
    // A step may take its time, during which secrets still come into service.
    advancing ??= advanceAll().finally(() => {
      advancing = undefined;
    });
  };

  let cancel = (): void => {};
  let looking: Promise<void> = Promise.resolve();
  const begin = (): void => {
    const isUsed = rows.length > 0 || keys().some(({ rotating }) => rotating);
    cancel = timers.after(isUsed ? POLL_MS : POLL_IDLE_MS, () => {
      looking = look().finally(() => {
        if (!closing.signal.aborted) begin();
      });
    });
  };

  return {
    secretOf: (key) => opened.get(idOf(key))?.secret,
    load: async () => {
      rows = await store.all();
      for (const row of rows) await open(row);
    },
    poll: async () => {
      await look();
      await advancing;
    },
    begin,
    states: () => {
      const own = new Map(keys().map((key) => [idOf(key), key.rotating]));
      return rows.flatMap((row): KeyState[] => {
        const key = own.get(idOf(row));
        const { name, state, inServiceSince, failedAt } = row;
        return key ? [{ name, state, inServiceSince, failedAt, dueAt: dueAt(row, key.rotate) }] : [];
      });
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error("the service stops"));
      cancel();
      await looking;
      await advancing;
      if (rows.length > 0) await store.forgetReplicas(replica, 0).catch(() => {});
    },
  };
};
