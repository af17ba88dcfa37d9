// Whether a key really works: what OpenAI answers to two cheap calls with it.
import type { KeyAccess } from "./keys.ts";

export interface KeyTrial {
  /** Whether OpenAI accepts the key. */
  isAccepted: boolean;
  /** The models that it may use; empty where it is not accepted. */
  models: readonly string[];
  /** Whether it can mint; undefined where that was not asked. */
  canMint: boolean | undefined;
  /** What is wrong, as a sentence without secrets; undefined where nothing is. */
  problem: string | undefined;
}

/** Never rejects, but for the signal's reason. Lists models, and mints a key that lives ten seconds where `withMint`. */
export type TryKey = (key: KeyAccess, withMint: boolean, signal: AbortSignal) => Promise<KeyTrial>;

/** Whether a key with these models is for voice sessions: then it must be able to mint. */
export const isForVoice = (models: readonly string[] | undefined): boolean =>
  models === undefined ||
  models.some(
    (model) =>
      model.includes("realtime") || (model.endsWith("*") && "gpt-realtime".startsWith(model.slice(0, -1))),
  );
