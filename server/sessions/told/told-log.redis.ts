// What sessions tell their pages, in streams of Redis or Valkey: one for each session, short and soon forgotten.
import type { SharedRedis } from "../../store/redis.node.ts";
import type { Told } from "../watchers/watcher.ts";
import type { ToldLog } from "./told-log.ts";

/** Entries of a stream, each with what was told within a fifth of a second. */
const MAX_ENTRIES = "100";
const KEPT_MS = "60000";
const BEGIN = "0-0";

export const redisToldLog = ({ send }: Pick<SharedRedis, "send">): ToldLog => ({
  add: async (sessionId, told) => {
    const key = keyOf(sessionId);
    await send(["XADD", key, "MAXLEN", "~", MAX_ENTRIES, "*", "told", JSON.stringify(told)], key);
    await send(["PEXPIRE", key, KEPT_MS], key);
  },
  read: async (sessionId, after) => {
    const key = keyOf(sessionId);
    if (after === undefined) {
      const [last] = entriesOf(await send(["XREVRANGE", key, "+", "-", "COUNT", "1"], key));
      return { told: [], next: last?.id ?? BEGIN };
    }
    const answer = (await send(["XREAD", "COUNT", MAX_ENTRIES, "STREAMS", key, after], key)) as
      | [[string, unknown]]
      | null;
    const entries = entriesOf(answer?.[0][1]);
    return { told: entries.flatMap(({ told }) => told), next: entries.at(-1)?.id ?? after };
  },
});

const keyOf = (sessionId: string): string => `broker:told:${sessionId}`;

// Replicas write them, so nothing in them is another's.
const entriesOf = (answer: unknown): { id: string; told: Told[] }[] =>
  ((answer ?? []) as [string, [string, string]][]).map(([id, [, told]]) => ({ id, told: JSON.parse(told) }));
