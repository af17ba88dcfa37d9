// What the log says of secrets that cannot be read again: once, until it is over.
import type { Log } from "../observe/log.ts";
import { describeReference, placeKey, type SecretPlace } from "./reference.ts";
import { SecretError } from "./store.ts";

export interface FailedReadings {
  failed(at: SecretPlace, error: unknown): void;
  /** It could be read, and so its store answers. */
  over(at: SecretPlace): void;
  forget(at: SecretPlace): void;
}

export const failedReadings = (log: Log): FailedReadings => {
  /** Stores that do not answer, and places that are refused. */
  const episodes = new Set<string>();
  return {
    failed: (at, error) => {
      const isDown = !(error instanceof SecretError) || error.reason === "down";
      const episode = isDown ? at.store : placeKey(at);
      if (episodes.has(episode)) return;
      episodes.add(episode);
      const reason = error instanceof SecretError ? error.message : "cannot be read";
      const secret = describeReference({ ...at, field: undefined });
      const fields = { store: at.store, secret, reason, kept: "the last value" };
      log.write("warn", "secret-not-read-again", fields);
    },
    over: (at) => {
      for (const episode of [at.store, placeKey(at)]) {
        if (episodes.delete(episode)) log.write("info", "secrets-read-again", { store: at.store });
      }
    },
    forget: (at) => void episodes.delete(placeKey(at)),
  };
};
