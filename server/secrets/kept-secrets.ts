// Secrets that were read, kept up to date: each is looked at again from time to time, and a store that fails changes nothing.
import type { Clock, Timers } from "../clock.ts";
import type { Log } from "../observe/log.ts";
import { failedReadings } from "./failed-readings.ts";
import { placeKey, type SecretPlace, type StoreName } from "./reference.ts";
import { isSameSecret, SecretError, type SecretStore, type StoredSecret } from "./store.ts";

export type SecretStores = Readonly<Record<StoreName, SecretStore>>;

export interface KeepPorts {
  stores: SecretStores;
  /** How often stores are asked that do not tell what changes. */
  refreshMs: number;
  clock: Pick<Clock, "monotonic">;
  timers: Pick<Timers, "after">;
  random(): number;
  log: Log;
}

export interface KeptSecrets extends Disposable {
  find(at: SecretPlace): StoredSecret | undefined;
  /** Takes what was just read, and looks at it again from now on. */
  keep(at: SecretPlace, stored: StoredSecret): void;
  /** What was kept stays in use; the log tells it once, until `keep` is called again. */
  failed(at: SecretPlace, error: unknown): void;
  /** Forgets all others. */
  keepOnly(places: readonly SecretPlace[]): void;
  /** Called soon after values have changed, once for those that change together. */
  onChanged(listener: () => void): void;
  /** Of each store, how long ago the value was read that has waited longest. */
  ages(): { store: StoreName; seconds: number }[];
}

interface Kept extends SecretPlace {
  stored: StoredSecret;
  readAt: number;
  failures: number;
  /** When it is looked at next, on the monotonic clock. */
  dueAt: number;
  /** What the lease was renewed to last, in milliseconds. */
  leasedMs: number;
  /** Another value that was seen once: a file may be half written. */
  seen: StoredSecret | undefined;
  cancel(): void;
  watching: Disposable | undefined;
}

/** Between two looks at a file: what is mounted over a network is not watched. */
const FILE_MS = 5000;
/** How long a file must stay as it is before it is believed. */
export const SETTLE_MS = 200;
/** Values that change together, such as the files of one mount, are told together. */
const TELL_MS = 500;
const FIRST_RETRY_MS = 5000;
/** Part of a lease after which it is renewed, and less than which makes it one that has reached its maximum. */
const RENEW_AT = 0.6;
const NEARLY_ENDED = 0.5;
const SPREAD = 0.1;
/** A lease may claim to be shorter, and Vault would then be asked without end. */
const MIN_LEASE_LOOK_MS = 1000;
const MAX_TIMER_MS = 2_000_000_000;

export const keepSecrets = ({ stores, refreshMs, clock, timers, random, log }: KeepPorts): KeptSecrets => {
  const closing = new AbortController();
  const all = new Map<string, Kept>();
  const listeners: (() => void)[] = [];
  const failures = failedReadings(log);
  let telling: (() => void) | undefined;

  const look = (kept: Kept, ms: number): void => {
    kept.cancel();
    if (closing.signal.aborted) return;
    const inMs = Math.min(ms * (1 - SPREAD * random()), MAX_TIMER_MS);
    kept.dueAt = clock.monotonic() + inMs;
    kept.cancel = timers.after(inMs, () => void refresh(kept));
  };

  // Never later than it is due: something else in the folder, such as a log, may change all the time.
  const lookSoon = (kept: Kept): void => {
    if (kept.dueAt > clock.monotonic() + SETTLE_MS) look(kept, SETTLE_MS);
  };

  const paceOf = ({ store, leasedMs, stored: { lease } }: Kept): number | undefined => {
    const { changes } = stores[store];
    if (lease) return Math.max(MIN_LEASE_LOOK_MS, leasedMs * RENEW_AT);
    return changes === "never" ? undefined : changes === "watched" ? FILE_MS : refreshMs;
  };

  const lookLater = (kept: Kept): void => {
    const pace = paceOf(kept);
    if (pace !== undefined) look(kept, pace);
  };

  const confirm = (kept: Kept, stored: StoredSecret, leasedMs = stored.lease?.durationMs ?? 0): void => {
    Object.assign(kept, { stored, leasedMs, readAt: clock.monotonic(), failures: 0, seen: undefined });
    failures.over(kept);
    lookLater(kept);
  };

  const tell = (): void => {
    telling ??= timers.after(TELL_MS, () => {
      telling = undefined;
      for (const listener of listeners) listener();
    });
  };

  /** Resolves to how long the lease goes on, in milliseconds; to undefined where another is needed. */
  const renew = async ({ stored: { lease } }: Kept): Promise<number | undefined> => {
    if (!lease) return undefined;
    try {
      const ms = await lease.renew(closing.signal);
      return ms >= lease.durationMs * NEARLY_ENDED ? ms : undefined;
    } catch (error) {
      if (error instanceof SecretError && error.reason === "refused") return undefined;
      throw error;
    }
  };

  const refresh = async (kept: Kept): Promise<void> => {
    const isKept = () => all.get(placeKey(kept)) === kept && !closing.signal.aborted;
    try {
      const renewedMs = await renew(kept);
      if (!isKept()) return;
      if (renewedMs !== undefined) return confirm(kept, kept.stored, renewedMs);
      const stored = await stores[kept.store].read(kept.place, closing.signal);
      if (!isKept()) return;
      if (isSameSecret(stored, kept.stored)) return confirm(kept, stored);
      const isSettled =
        stores[kept.store].changes !== "watched" || (kept.seen && isSameSecret(stored, kept.seen));
      if (!isSettled) {
        kept.seen = stored;
        return look(kept, SETTLE_MS);
      }
      confirm(kept, stored);
      tell();
    } catch (error) {
      if (isKept()) fail(kept, error);
    }
  };

  const fail = (kept: Kept, error: unknown): void => {
    const { changes } = stores[kept.store];
    const retryMs = Math.min(
      FIRST_RETRY_MS * 2 ** kept.failures,
      changes === "watched" ? FILE_MS : refreshMs,
    );
    kept.failures += 1;
    failures.failed(kept, error);
    if (changes !== "never") look(kept, retryMs);
  };

  const forget = (kept: Kept): void => {
    kept.cancel();
    kept.watching?.[Symbol.dispose]();
    all.delete(placeKey(kept));
    failures.forget(kept);
  };

  return {
    find: (at) => all.get(placeKey(at))?.stored,
    keep: (at, stored) => {
      const known = all.get(placeKey(at));
      if (known) return confirm(known, stored);
      const { store, place } = at;
      const kept: Kept = {
        ...{ store, place, stored, readAt: 0, failures: 0, dueAt: 0, leasedMs: 0, seen: undefined },
        cancel: () => {},
        watching: stores[store].watch?.(place, () => lookSoon(kept)),
      };
      all.set(placeKey(at), kept);
      confirm(kept, stored);
    },
    failed: (at, error) => {
      const kept = all.get(placeKey(at));
      if (kept) fail(kept, error);
    },
    keepOnly: (places) => {
      const wanted = new Set(places.map(placeKey));
      for (const [key, kept] of all) if (!wanted.has(key)) forget(kept);
    },
    onChanged: (listener) => void listeners.push(listener),
    ages: () => {
      const oldest = new Map<StoreName, number>();
      for (const { store, readAt } of all.values()) {
        if (stores[store].changes === "never") continue;
        oldest.set(store, Math.min(readAt, oldest.get(store) ?? readAt));
      }
      return [...oldest].map(([store, at]) => ({ store, seconds: (clock.monotonic() - at) / 1000 }));
    },
    [Symbol.dispose]: () => {
      closing.abort(new Error("the service stops"));
      telling?.();
      for (const kept of [...all.values()]) forget(kept);
    },
  };
};
