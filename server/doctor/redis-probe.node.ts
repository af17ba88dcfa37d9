// Asks the shared Redis as the service would: pings, and commands of the service's kind under names of their own.
import type { Clock } from "../clock.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import type { RedisFacts } from "./redis.ts";

const PINGS = 7;
/** Names in different slots, so that one node of a cluster refuses some of them. */
const NAMES = ["a", "b", "c", "d", "e", "f"].map((end) => `broker:doctor:${end}`);
const TTL_MS = "1000";
/** Where a command has its key, which says which server of a cluster it is for. */
const KEY_AT: Readonly<Record<string, number>> = { SET: 1, GET: 1, DEL: 1, EVAL: 3 };

/** Rejects with the connection's error. What it writes ends by itself. */
export const probeRedis = async (
  shared: SharedRedis,
  clock: Pick<Clock, "monotonic">,
  signal: AbortSignal,
): Promise<RedisFacts> => {
  if (!shared.ready) throw await nextError(shared, signal);
  const refusals: { command: string; words: string }[] = [];
  const ask = async (...words: [string, ...string[]]): Promise<unknown> => {
    try {
      return await shared.send(words, words[KEY_AT[words[0]] ?? words.length]);
    } catch (error) {
      // Only what the server itself says.
      if (!shared.ready || !(error instanceof Error)) throw error;
      refusals.push({ command: words[0], words: error.message });
      return undefined;
    }
  };
  const pingMs: number[] = [];
  for (let count = 0; count < PINGS; count += 1) {
    signal.throwIfAborted();
    const begun = clock.monotonic();
    await ask("PING");
    pingMs.push(clock.monotonic() - begun);
  }
  for (const name of NAMES) await ask("SET", name, "1", "PX", TTL_MS);
  await ask("GET", NAMES[0] ?? "");
  await ask("EVAL", "return redis.call('get', KEYS[1])", "1", NAMES[0] ?? "");
  for (const name of NAMES) await ask("DEL", name);
  // What the service does without is not missed.
  const text = await shared.send(["INFO"]).catch(() => "");
  return { info: fieldsOf(String(text)), pingMs, refusals };
};

// It tries again by itself, and fails again within a second.
const nextError = (shared: SharedRedis, signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    shared.onceFailed(resolve);
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });

const fieldsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split("\r\n")
      .filter((line) => /^\w+:/.test(line))
      .map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1)];
      }),
  );
