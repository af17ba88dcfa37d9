// Reads all secrets of a configuration at once: each place once, side by side, waiting for a store that does not answer yet.
import type { Secret } from "../secret.ts";
import { type KeepPorts, type KeptSecrets, keepSecrets, SETTLE_MS } from "./kept-secrets.ts";
import { describeReference, placeKey, type SecretPlace, type SecretReference } from "./reference.ts";
import { isSameSecret, partOf, SecretError, type StoredSecret } from "./store.ts";

/** What a reference stands for: the secret, or why it could not be read. */
export type FindSecret = (reference: SecretReference) => Secret | SecretError;

export interface Secrets extends Pick<KeptSecrets, "ages" | "keepOnly" | "onChanged">, AsyncDisposable {
  /**
   * Reads them, and keeps them up to date from then on. Those that were read before keep their last value where their store fails.
   * Others wait for their store, `waitMs` at most; where one of them is refused, none waits longer.
   */
  read(references: readonly SecretReference[], waitMs: number, signal: AbortSignal): Promise<FindSecret>;
}

const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 5000;
const TELL_EVERY_MS = 5000;
const MAX_NAMED = 5;
/** A file that never stays as it is keeps no reload waiting. */
const MOST_READINGS = 10;

interface Wait {
  endsAt: number;
  /** Aborted when waiting has become pointless. */
  isOver: AbortController;
  /** Places whose stores did not answer yet, and why. */
  waiting: Map<SecretPlace, SecretError>;
  toldAt: number;
}

export const createSecrets = (ports: KeepPorts): Secrets => {
  const { stores, clock, timers, log } = ports;
  const kept = keepSecrets(ports);

  const readPlace = async (
    at: SecretPlace,
    wait: Wait,
    signal: AbortSignal,
  ): Promise<StoredSecret | SecretError> => {
    const known = kept.find(at);
    if (known?.lease) return known;
    try {
      const stored = known ? await readSettled(at, known, signal) : await readPatiently(at, wait, signal);
      kept.keep(at, stored);
      return stored;
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      if (!known) return error;
      kept.failed(at, error);
      return known;
    } finally {
      wait.waiting.delete(at);
    }
  };

  // A file that has changed may be half written while something else asks for a reload.
  const readSettled = async (
    at: SecretPlace,
    known: StoredSecret,
    signal: AbortSignal,
  ): Promise<StoredSecret> => {
    const store = stores[at.store];
    let before = known;
    for (let readings = 1; ; readings += 1) {
      const now = await store.read(at.place, signal);
      if (store.changes !== "watched" || isSameSecret(now, before)) return now;
      if (readings === MOST_READINGS) return known;
      before = now;
      await pause(SETTLE_MS, signal);
      signal.throwIfAborted();
    }
  };

  const readPatiently = async (at: SecretPlace, wait: Wait, signal: AbortSignal): Promise<StoredSecret> => {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
      try {
        return await stores[at.store].read(at.place, signal);
      } catch (error) {
        if (!(error instanceof SecretError)) throw error;
        if (error.reason === "refused") wait.isOver.abort();
        const leftMs = wait.endsAt - clock.monotonic();
        if (leftMs <= 0 || wait.isOver.signal.aborted) throw error;
        wait.waiting.set(at, error);
        tell(wait, error);
        await pause(Math.min(pauseMs, leftMs), AbortSignal.any([signal, wait.isOver.signal]));
        signal.throwIfAborted();
      }
    }
  };

  const tell = (wait: Wait, { message: reason }: SecretError): void => {
    const now = clock.monotonic();
    if (now < wait.toldAt + TELL_EVERY_MS) return;
    wait.toldAt = now;
    const names = [...wait.waiting.keys()].map((at) => describeReference({ ...at, field: undefined }));
    const secondsLeft = Math.ceil((wait.endsAt - now) / 1000);
    log.write("warn", "waiting-for-secrets", { secrets: listed(names), reason, seconds_left: secondsLeft });
  };

  // Resolves early, and never rejects.
  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const cancel = timers.after(ms, resolve);
      signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });

  return {
    read: async (references, waitMs, signal) => {
      const places = new Map(references.map((reference) => [placeKey(reference), reference]));
      const wait: Wait = {
        endsAt: clock.monotonic() + waitMs,
        isOver: new AbortController(),
        waiting: new Map(),
        toldAt: Number.NEGATIVE_INFINITY,
      };
      const read = await Promise.all(
        [...places].map(async ([key, at]) => [key, await readPlace(at, wait, signal)] as const),
      );
      const found = new Map(read);
      return (reference) => partIn(found.get(placeKey(reference)), reference);
    },
    keepOnly: kept.keepOnly,
    onChanged: kept.onChanged,
    ages: kept.ages,
    [Symbol.asyncDispose]: async () => {
      kept[Symbol.dispose]();
      await Promise.all(Object.values(stores).map((store) => store[Symbol.asyncDispose]()));
    },
  };
};

const partIn = (
  stored: StoredSecret | SecretError | undefined,
  { field }: SecretReference,
): Secret | SecretError => {
  if (!stored) throw new Error("a reference that was not read");
  if (stored instanceof SecretError) return stored;
  try {
    return partOf(stored, field);
  } catch (error) {
    if (error instanceof SecretError) return error;
    throw error;
  }
};

const listed = (names: readonly string[]): string => {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};
