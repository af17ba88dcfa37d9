// The steps of a rotation. Each reads a state of the row and answers the next one; done twice, a step does no more than done once.
import type { Clock } from "../clock.ts";
import type { Secret } from "../secret.ts";
import { isForVoice, type TryKey } from "../upstream/key-trial.ts";
import { fixedToken, type UpstreamKey } from "../upstream/keys.ts";
import type { RotateConfig } from "../upstream/rotate-config.ts";
import { type Credential, openCredential, type Sealing, sealCredential } from "./credential.ts";
import { type KeyAdmin, KeyAdminError, type KeyPlace } from "./key-admin.ts";
import { AFTER_UNDOING_MS, DAY_MS, idOf, type RotatedKey, type RotatedKeyChange } from "./rotated-key.ts";
import type { ReplicaReport } from "./rotation-store.ts";

export interface RotatingKey extends UpstreamKey {
  secret: Secret;
  rotate: RotateConfig;
}

/** `undefined`: there is nothing to do yet. */
export type Step = {
  change: RotatedKeyChange;
  /** What is told of it beside the state, for log and audit trail. */
  note?: string;
  /** Takes back what was done outside, where another replica was faster. */
  takeBack?: () => Promise<void>;
};

export interface StepPorts {
  admin: KeyAdmin;
  tryKey: TryKey;
  sealing: Sealing;
  clock: Pick<Clock, "now">;
  /** A name for one rotation. */
  newName(): string;
  replicas(): Promise<readonly ReplicaReport[]>;
}

type Do = (row: RotatedKey, key: RotatingKey, signal: AbortSignal) => Promise<Step | undefined>;

/** OpenAI takes a moment until all of its servers know a new key. */
const SETTLE_MS = 10_000;
/** A new key that does not work by then is given up. */
const VERIFY_MS = 600_000;
/** How often the new key is tried in the grace time, where a replica says that something is wrong with it. */
const DOUBT_MS = 60_000;
/** A replica that was not heard of for so long counts as ended: it was killed, or reaches no database. */
export const REPLICA_GONE_MS = 600_000;

/** `idle` begins a rotation: its caller knows that one is due. */
export const createSteps = (ports: StepPorts): Record<RotatedKey["state"], Do> => {
  const { admin, tryKey, sealing, clock, newName, replicas } = ports;

  const isWorking = async (key: RotatingKey, { secret }: Pick<Credential, "secret">, signal: AbortSignal) => {
    const access = { ...key, token: fixedToken(secret) };
    return (await tryKey(access, isForVoice(key.models), signal)).problem;
  };

  /** What live replicas have in service of this key. */
  const inService = async (row: RotatedKey) => {
    const live = (await replicas()).filter(({ seenAt }) => seenAt > clock.now() - REPLICA_GONE_MS);
    return live.flatMap(({ keys }) => keys[idOf(row)] ?? []);
  };

  const isSpread = async (row: RotatedKey): Promise<boolean> =>
    (await inService(row)).every(({ generation }) => generation >= row.generation);

  const doubtedAt = new Map<string, number>();
  const isDoubted = async (row: RotatedKey): Promise<boolean> => {
    const id = idOf(row);
    if (clock.now() < (doubtedAt.get(id) ?? 0) + DOUBT_MS) return false;
    if (!(await inService(row)).some(({ problem }) => problem !== undefined)) return false;
    doubtedAt.set(id, clock.now());
    return true;
  };

  /** Where the new key fails and the old one works, that one is put in service again. */
  const goBack = async (row: RotatedKey, key: RotatingKey, problem: string, signal: AbortSignal) => {
    const { previous } = row;
    const old = previous === undefined ? key : await openCredential(sealing, row, previous);
    if ((await isWorking(key, old, signal)) !== undefined) return undefined;
    const swapped = { current: previous, previous: undefined, next: row.current };
    // About as old as it was when it was to be replaced: that is still due.
    const inServiceSince = row.inServiceSince - (key.rotate.every_days ?? 0) * DAY_MS;
    const generation = row.generation + 1;
    const change = { state: "undoing" as const, ...swapped, generation, inServiceSince };
    return { change, note: `the old key is in service again, as the new one fails: ${problem}` };
  };

  const steps: Record<RotatedKey["state"], Do> = {
    idle: async () => ({ change: { state: "creating", rotation: newName() } }),

    creating: async (row, key, signal) => {
      // What cannot be kept is not created.
      await sealing.seal("");
      await deleteOrphans(row, key, undefined, signal);
      const { project } = key.rotate;
      const created = await admin.create(placeOf(key), remoteName(row), signal);
      const takeBack = () => admin.delete(project, created.remoteId, signal);
      const next = await sealCredential(sealing, row, { ...created, project });
      return { change: { state: "verifying", next }, takeBack };
    },

    verifying: async (row, key, signal) => {
      if (clock.now() < row.stateSince + SETTLE_MS) return undefined;
      const problem = await isWorking(key, await openCredential(sealing, row, row.next ?? ""), signal);
      if (problem === undefined) {
        const inService = { current: row.next, previous: row.current, next: undefined };
        const generation = row.generation + 1;
        return { change: { state: "spreading", ...inService, generation, inServiceSince: clock.now() } };
      }
      if (clock.now() < row.stateSince + VERIFY_MS) throw new KeyAdminError(`the new key: ${problem}`);
      return { change: { state: "undoing" }, note: `the new key is given up: ${problem}` };
    },

    spreading: async (row) => ((await isSpread(row)) ? { change: { state: "grace" } } : undefined),

    grace: async (row, key, signal) => {
      const isOver = clock.now() >= row.stateSince + key.rotate.grace_minutes * 60_000;
      const isDoubtful = await isDoubted(row);
      if (!isOver && !isDoubtful) return undefined;
      // The last moment at which there are two.
      const problem = await isWorking(key, await openCredential(sealing, row, row.current ?? ""), signal);
      if (problem !== undefined) {
        // One failure may be of the moment, and what the new key minted ends with it.
        const mayGoBack = isDoubtful && row.attempts > 0;
        const back = mayGoBack ? await goBack(row, key, problem, signal) : undefined;
        if (back) return back;
        throw new KeyAdminError(`the old key is kept, as the new one fails: ${problem}`);
      }
      if (!isOver) return undefined;
      if (await isSpread(row)) return { change: { state: "deleting" } };
      throw new KeyAdminError("the old key is kept, as a replica uses it; its log says why");
    },

    deleting: async (row, key, signal) => {
      const current = await openCredential(sealing, row, row.current ?? "");
      await deleteOrphans(row, key, current.remoteId, signal);
      const note = await deletePrevious(row, key, current, signal);
      const ended = { previous: undefined, rotation: undefined, requestedAt: undefined, error: undefined };
      return { change: { state: "idle", ...ended }, note };
    },

    undoing: async (row, key, signal) => {
      const { project, remoteId } = await openCredential(sealing, row, row.next ?? "");
      await admin.delete(project, remoteId, signal);
      await deleteOrphans(row, key, undefined, signal);
      const ended = { next: undefined, rotation: undefined, requestedAt: undefined };
      const retryAt = clock.now() + AFTER_UNDOING_MS;
      return { change: { state: "idle", ...ended, retryAt }, note: "the new key was deleted" };
    },
  };

  /** Deletes what a replica created that ended before it could write so. */
  const deleteOrphans = async (
    row: RotatedKey,
    key: RotatingKey,
    kept: string | undefined,
    signal: AbortSignal,
  ): Promise<void> => {
    for (const remoteId of await admin.find(placeOf(key), remoteName(row), signal)) {
      if (remoteId !== kept) await admin.delete(key.rotate.project, remoteId, signal);
    }
  };

  const deletePrevious = async (
    row: RotatedKey,
    { secret, rotate: { project } }: RotatingKey,
    current: Credential,
    signal: AbortSignal,
  ): Promise<string> => {
    if (row.previous !== undefined) {
      const previous = await openCredential(sealing, row, row.previous);
      await admin.delete(previous.project, previous.remoteId, signal);
      return "the old key was deleted";
    }
    // The configured one, which was made elsewhere.
    const found = await admin.findSecret(project, secret, signal);
    if (found === undefined || found === current.remoteId) {
      return `the configured key was not found in ${project}, or more than one looks like it: delete it at OpenAI yourself`;
    }
    await admin.delete(project, found, signal);
    return "the configured key was deleted";
  };

  return steps;
};

const placeOf = ({ rotate: { project, service_account: serviceAccount } }: RotatingKey): KeyPlace => ({
  project,
  serviceAccount,
});

/** Its name at OpenAI, by which what was created is found again. */
const remoteName = ({ name, rotation }: RotatedKey): string => `key broker: ${name} ${rotation}`;
