// What is kept of an upstream key that is replaced by rotation, and when its next replacement is due. Pure.
import type { RotateConfig } from "../upstream/rotate-config.ts";

/**
 * `idle` → `creating` → `verifying` → `spreading` → `grace` → `deleting` → `idle`; from `verifying` and `grace` also `undoing` → `idle`. Each step
 * can be done again: where a replica ends in the middle of one, another begins it anew.
 */
export const rotationStates = [
  ...(["idle", "creating", "verifying", "spreading", "grace", "deleting", "undoing"] as const),
] as const;

export type RotationState = (typeof rotationStates)[number];

export interface RotatedKey {
  readonly name: string;
  /** Keyed hash of the configured secret: a key that is configured anew is another one. */
  readonly configuredHash: string;
  /** Changes with each change of the row. */
  readonly version: number;
  /** How often the secret in service was replaced. */
  readonly generation: number;
  /** Sealed credentials. Without a current one the configured secret is in service; without a previous one it was. */
  readonly current: string | undefined;
  readonly next: string | undefined;
  readonly previous: string | undefined;
  /** Moments are milliseconds since 1970. */
  readonly inServiceSince: number;
  readonly state: RotationState;
  readonly stateSince: number;
  /** Names at OpenAI what this rotation creates there. */
  readonly rotation: string | undefined;
  /** Failures in a row. */
  readonly attempts: number;
  readonly retryAt: number;
  readonly requestedAt: number | undefined;
  readonly error: string | undefined;
  readonly failedAt: number | undefined;
  readonly leaseOwner: string | undefined;
  readonly leaseUntil: number;
}

export type RotatedKeyChange = Partial<Omit<RotatedKey, "configuredHash" | "name" | "version">>;

export const idOf = ({ name, configuredHash }: Pick<RotatedKey, "configuredHash" | "name">): string =>
  `${name} ${configuredHash}`;

export const DAY_MS = 86_400_000;
/** Clocks of replicas differ a little; a moment further ahead is of a clock that was set back. */
const MAX_AHEAD_MS = 60_000;
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 900_000;
/** After a new key did not work, and was deleted. */
export const AFTER_UNDOING_MS = 21_600_000;

/** When the key is to be replaced next; undefined where only a command does. */
export const dueAt = (
  { requestedAt, inServiceSince }: Pick<RotatedKey, "inServiceSince" | "requestedAt">,
  { every_days: days }: Pick<RotateConfig, "every_days">,
): number | undefined => requestedAt ?? (days === undefined ? undefined : inServiceSince + days * DAY_MS);

/** A request is due at once, whatever the clock of who asked said. */
export const isDue = (
  row: Pick<RotatedKey, "inServiceSince" | "requestedAt">,
  rotate: Pick<RotateConfig, "every_days">,
  now: number,
): boolean => row.requestedAt !== undefined || (dueAt(row, rotate) ?? Number.POSITIVE_INFINITY) <= now;

/** A moment that lies ahead, since the clock was set back, would make everything wait for it. */
export const isAhead = (at: number, now: number): boolean => at > now + MAX_AHEAD_MS;

/** After so many failures in a row: seconds at first, a quarter of an hour at last. */
export const retryMs = (attempts: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 10), LAST_RETRY_MS);
