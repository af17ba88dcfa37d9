// The check at the start: each key is tried once, so that a wrong one is known before a caller needs it.
import type { Log } from "../observe/log.ts";
import type { Outcome } from "./outcome.ts";
import type { Pool } from "./pool.ts";
import type { PoolKey } from "./pool-members.ts";

export interface KeyCheckPorts {
  pool: Pick<Pool, "probed">;
  log: Log;
  /** The setting that has the key's secret. */
  settingOf(key: string): string;
}

/** Resolves when all keys have answered, or not in time; never rejects. A key that OpenAI does not know is out from then on. */
export const checkKeys = async (
  keys: readonly PoolKey[],
  signal: AbortSignal,
  { pool, log, settingOf }: KeyCheckPorts,
): Promise<void> => {
  const check = async (key: PoolKey): Promise<void> => {
    const outcome = await key.account.probe(signal);
    // One failure to reach OpenAI takes no key out. The pool tells of a key that is invalid by itself.
    if (outcome.kind === "key-invalid") pool.probed(key, outcome);
    const reason = reasonFor(outcome);
    if (reason)
      log.write("warn", "upstream-key-unproven", { key: key.name, setting: settingOf(key.name), reason });
  };
  await Promise.all(keys.map(check));
};

const reasonFor = (outcome: Outcome): string | undefined => {
  if (outcome.kind === "refused")
    return "GET /models with it was refused (401 or 403), without the word that it is invalid";
  if (outcome.kind !== "failed") return undefined;
  const how = {
    connection: "there was no connection",
    timeout: "there was no answer in time",
    error: "it answered 500",
    gateway: "it answered 502 to 504, or the like",
  };
  return `GET /models with it told nothing: ${how[outcome.how]}; look at its base URL`;
};
