// What doctor makes of what Redis says.
import { expect, it } from "vitest";
import { type RedisFacts, redisCheck } from "../../../server/doctor/redis.ts";

const judge = async (facts: Partial<RedisFacts>): Promise<string[]> => {
  const healthy = { info: { redis_version: "7.0.15" }, pingMs: [0.3], refusals: [] };
  const probe = async () => ({ ...healthy, ...facts });
  const check = redisCheck({ place: "redis://r.test", probe, isListening: async () => true });
  const findings = await check.run(new AbortController().signal);
  return findings.map(({ check: id, level }) => `${level} ${id}`);
};
const refusing = (words: string) => ({ refusals: [{ command: "SET", words }] });

const planted: [found: string, facts: Partial<RedisFacts>][] = [
  ["ok redis", {}],
  ["ok redis", { info: {} }],
  ["warning redis.slow", { pingMs: [20, 30, 40] }],
  ["fault redis.slow", { pingMs: [80, 90, 100] }],
  ["warning redis.version", { info: { redis_version: "5.0.14" } }],
  ["warning redis.memory", { info: { maxmemory: "100", used_memory: "95" } }],
  ["warning redis.snapshot", { info: { rdb_last_bgsave_status: "err" } }],
  ["fault redis.cluster", refusing("MOVED 3999 10.0.0.2:6379")],
  ["fault redis.disk", refusing("MISCONF Redis is configured to save RDB snapshots")],
  ["fault redis.starting", refusing("LOADING Redis is loading the dataset in memory")],
  ["fault redis.refused", refusing("ERR unknown command 'SET'")],
];

it.each(planted)("answers %s", async (found, facts) => {
  expect(await judge(facts)).toEqual([found]);
});

it("names each kind of refusal once", async () => {
  const refusals = ["a", "b"].map((command) => ({ command, words: "NOPERM no" }));
  expect(await judge({ refusals })).toEqual(["fault redis.permission"]);
});
