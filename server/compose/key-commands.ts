// What `broker keys …` needs beside the running service: its configuration, its database, and calls to OpenAI with each key.
import { systemClock } from "../clock.ts";
import type { Environment } from "../config/load.ts";
import { createDisposal } from "../disposal.ts";
import { fetchThrough } from "../net/fetch.undici.ts";
import { sqlRotationStore } from "../rotation/rotation-store.sql.ts";
import type { RotationStore } from "../rotation/rotation-store.ts";
import { requestAgent } from "../upstream/agents.undici.ts";
import { openAiKeyTrial } from "../upstream/key-trial.openai.ts";
import { isForVoice, type KeyTrial } from "../upstream/key-trial.ts";
import { fixedToken, type UpstreamKey } from "../upstream/keys.ts";
import { type CommandAudit, commandAudit } from "./command-audit.ts";
import { openConfiguration } from "./configuration.ts";
import { readKeysInService } from "./keys-in-service.ts";
import { openNetwork } from "./network.ts";
import { openStore } from "./store.ts";
import { trustConfigured } from "./trust.ts";
import { upstreamKeysOf } from "./upstream-keys.ts";

/** A configured key, as the commands see it. */
export interface CommandKey {
  key: UpstreamKey;
  configuredHash: string;
  /** The last characters of what requests show; undefined where a stored secret took its place and cannot be opened here. */
  masked: string | undefined;
  /** Calls OpenAI with it. Rejects with a sentence where the stored secret cannot be opened. */
  check(signal: AbortSignal): Promise<KeyTrial>;
}

export interface KeyCommands extends AsyncDisposable {
  keys: readonly CommandKey[];
  store: RotationStore;
  audit: Pick<CommandAudit, "failure" | "keyRotation">;
  now(): number;
  /** Keeps the process running meanwhile. */
  pause(ms: number): Promise<void>;
}

/** `sudoUser`: for whom the account acts, as sudo says. Throws `ConfigError`. */
export const openKeyCommands = async (
  env: Environment,
  sudoUser: string | undefined,
): Promise<KeyCommands> => {
  trustConfigured(env);
  await using opening = createDisposal();
  const source = opening.use(openConfiguration({ env, log: silent }));
  const config = await source.read(new AbortController().signal);
  const { outgoing } = await openNetwork(config, { log: silent }, opening);
  const opened = await openStore(config.settings, silent);
  opening.defer(opened.close);
  const agent = requestAgent(undefined, outgoing.connector);
  opening.defer(() => agent.destroy());
  const store = sqlRotationStore(opened.database);
  const hashKey = await opened.keptKey("configured_key_hash");
  const inService = await readKeysInService(store, hashKey, source.sealing);
  const tryKey = openAiKeyTrial(fetchThrough(agent));
  const keyOf = async (key: UpstreamKey): Promise<CommandKey> => {
    const secret = await inService.secretOf(key).catch(() => undefined);
    return {
      ...{ key, configuredHash: inService.hashOf(key), masked: secret?.masked() },
      check: async (signal) => {
        const shown = await inService.secretOf(key);
        if (!shown) throw new Error("it has no secret but a workload identity, which `broker doctor` tries");
        return tryKey({ ...key, token: fixedToken(shown) }, isForVoice(key.models), signal);
      },
    };
  };
  const keys = await Promise.all(upstreamKeysOf(config).map(keyOf));
  const audit = commandAudit(opened, sudoUser);
  const everything = opening.move();
  return {
    ...{ keys, store, audit, now: systemClock.now, pause: audit.pause },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
};

const silent = { write: () => {} };
