// The real service on a real socket, over an upstream of the test's choice.

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Timers } from "../../server/clock.ts";
import type { Reloaded } from "../../server/compose/in-force.ts";
import { sealingWith } from "../../server/compose/sealing.ts";
import { createService } from "../../server/compose/service.ts";
import { loadConfig } from "../../server/config/load.ts";
import type { Log } from "../../server/observe/log.ts";
import { parseSealingKeys } from "../../server/secrets/sealing-key.ts";
import { checkAgainstContract } from "./contract.ts";

export interface TestBrokerOptions {
  /** Where OpenAI is, such as an emulator's `baseUrl`. */
  openai: string;
  /** The text of broker.yaml; by default local guests are let in and the built-in profile is used. */
  yaml?: string;
  env?: Record<string, string>;
  clock?: Clock;
  timers?: Timers;
  /** Whether local guests show the token of this start, as under `npm start`; by default they show nothing. */
  localGuests?: "token" | "open";
  /** How late the event loop is said to be, in milliseconds, where load shedding is on. */
  readDelay?: () => number;
  /** What HTTP tools send their requests with; by default Node's own. */
  fetch?: typeof globalThis.fetch;
}

export interface TestBroker {
  url: string;
  /** Every line the service logged, as objects; but for the audit trail's anchors, of which each start and stop has one. */
  logs: Record<string, unknown>[];
  warnings: readonly string[];
  /** fetch against the service; each answer is held against the service's contract. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Goes on under another broker.yaml, and other variables where some are given. */
  useConfig(yaml: string, env?: Record<string, string>): Promise<Reloaded>;
  stop(drainSeconds?: number, idleSeconds?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const guestsWelcome = "callers: { guests: loopback }";

/** Starts it on a free port. Use with `await using`, or call `stop()`. */
export const createTestBroker = async (options: TestBrokerOptions): Promise<TestBroker> => {
  const env = {
    PORT: "0",
    OPENAI_API_KEY: "sk-test-broker",
    OPENAI_BASE_URL: options.openai,
    BROKER_CONFIG: "broker.yaml",
    DATABASE_URL: "sqlite::memory:",
    // Tests share the process, and its event loop: one test's work must not shed another's.
    LOAD_SHEDDING: "false",
    // Each database has a folder of its own in it, which goes when the service stops.
    USAGE_JOURNAL: join(tmpdir(), "broker-test-journals"),
    ...options.env,
  };
  const config = loadConfig(env, () => options.yaml ?? guestsWelcome);
  const logs: Record<string, unknown>[] = [];
  const log: Log = {
    write: (level, msg, fields) => {
      if (msg !== "audit-anchor") logs.push({ level, msg, ...fields });
    },
  };
  const { clock, timers, readDelay, fetch: toolFetch } = options;
  const { localGuests = "open" } = options;
  const broker = await createService(config, {
    log,
    localGuests,
    sealing: sealingWith(async () => parseSealingKeys(options.env?.SECRETS_KEY ?? "") ?? []),
    ...(clock && { clock }),
    ...(timers && { timers }),
    ...(readDelay && { readDelay }),
    ...(toolFetch && { fetch: toolFetch }),
  });
  const { url, stop } = await broker.listen();
  const stopNow = (drainSeconds = 1, idleSeconds = 0) => stop(drainSeconds, idleSeconds);
  return {
    url,
    logs,
    warnings: broker.warnings,
    fetch: async (path, init) => {
      const response = await fetch(new URL(path, url), { redirect: "manual", ...init });
      await checkAgainstContract(init?.method ?? "GET", path, response.clone());
      return response;
    },
    useConfig: async (yaml, more) => broker.useConfig(loadConfig({ ...env, ...more }, () => yaml)),
    stop: stopNow,
    [Symbol.asyncDispose]: () => stopNow(),
  };
};
