// A month of a team's requests, for the operator's page: the same each time, but for the moment at which it ends.
import type { RefusalCount } from "../../server/ledger/entry.ts";
import type { UsageRecord } from "../../server/ledger/record.ts";
import { noQuantities } from "../../server/usage/quantities.ts";
import { type Random, randomFrom } from "../soak/random.ts";
import { usageRecord } from "./usage-records.ts";

const users = [
  ...[
    ["ada", "search"],
    ["bjarne", "platform"],
    ["chen", "search"],
    ["dorothy", "support"],
    ["emeka", "platform"],
  ],
  ...[
    ["fatima", "support"],
    ["grace", "search"],
    ["hedy", "platform"],
    ["ivan", undefined],
    ["jun", "support"],
  ],
] as [string, string | undefined][];

/** With the price of a token in and out, in billionths of a dollar. */
const models = [
  ["gpt-5.1", 1250, 10_000],
  ["gpt-5.1-mini", 250, 2000],
  ["gpt-4.1", 2000, 8000],
  ["text-embedding-3-small", 20, 0],
] as const;

const DAY_MS = 86_400_000;
const DAYS = 45;

/** Up to `now`, in milliseconds since 1970. */
export const teamMonth = (now: number, perDay = 110): UsageRecord[] => {
  const random = randomFrom(7);
  const records: UsageRecord[] = [];
  for (let day = DAYS; day >= 0; day -= 1) {
    const weekday = new Date(now - day * DAY_MS).getUTCDay();
    const share = weekday === 0 || weekday === 6 ? 0.25 : 0.7 + 0.6 * random.next();
    for (let count = 0; count < perDay * share; count += 1) {
      const at = Math.floor(now - day * DAY_MS - random.next() ** 1.3 * DAY_MS);
      records.push(recordAt(at, `req-${day}-${count}`, random));
    }
  }
  const latest = (id: string, minutes: number) => relayed(id, { ...who, at: now - minutes * 60_000 }, random);
  return [...records, failed(latest("req-failed", 5)), limited(latest("req-limited", 9))];
};

const who = { caller: "user:dorothy", team: "support", tags: ["nightly"] };

/** Of callers that are not known. */
export const strangers = (now: number): RefusalCount[] => [
  {
    at: now - 3_600_000,
    problem: "credentials-rejected",
    caller: "",
    team: "",
    kind: undefined,
    requests: 41,
  },
  {
    at: now - 90_000_000,
    problem: "credentials-missing",
    caller: "",
    team: "",
    kind: undefined,
    requests: 12,
  },
];

const recordAt = (at: number, id: string, random: Random): UsageRecord => {
  const [name, team] = users[Math.floor(random.next() ** 2 * users.length)] ?? ["ada", "search"];
  const who = { at, caller: `user:${name}`, team, tags: random.chance(0.1) ? ["nightly"] : [] };
  const chance = random.next();
  if (chance < 0.12) return mint(id, who, random);
  if (chance < 0.2) return toolCall(id, who, random);
  if (chance < 0.24) return report(id, who, random);
  return relayed(id, who, random);
};

type Who = Pick<UsageRecord, "at" | "caller" | "tags" | "team">;

const mint = (id: string, who: Who, random: Random): UsageRecord =>
  usageRecord(id, {
    ...{ ...who, kind: "mint", source: "minted", profile: random.chance(0.8) ? "default" : "support-desk" },
    ...{ rule: undefined, model: "gpt-realtime-2.1", quantities: noQuantities, costNanoUsd: undefined },
    ...{ latencyMs: 300 + 400 * random.next(), story: { method: "POST", route: "/ephemeral-key" } },
  });

const toolCall = (id: string, who: Who, random: Random): UsageRecord =>
  usageRecord(id, {
    ...{ ...who, kind: "tool-call", tool: random.chance(0.6) ? "search_orders" : "current_time" },
    ...{
      rule: undefined,
      model: undefined,
      upstreamKey: undefined,
      quantities: noQuantities,
      costNanoUsd: 0,
    },
    ...{ latencyMs: 5 + 120 * random.next(), story: { method: "POST", route: "/:toolName" } },
  });

const report = (id: string, who: Who, random: Random): UsageRecord => {
  const audioOut = random.below(4000);
  return usageRecord(id, {
    ...{
      ...who,
      kind: "report",
      source: "reported",
      profile: "default",
      rule: undefined,
      upstreamKey: undefined,
    },
    ...{ model: "gpt-realtime-2.1", latencyMs: 3, costNanoUsd: audioOut * 64_000 },
    quantities: { ...noQuantities, audioIn: random.below(3000), audioOut },
    story: { method: "POST", route: "/usage/reports" },
  });
};

const relayed = (id: string, who: Who, random: Random): UsageRecord => {
  const [model, priceIn, priceOut] = models[Math.floor(random.next() ** 1.6 * models.length)] ?? models[0];
  const textIn = 400 + random.below(9000);
  const textCached = random.chance(0.4) ? Math.floor(textIn * 0.7) : 0;
  const textOut = priceOut === 0 ? 0 : 50 + random.below(1800);
  const upstreamKey = random.chance(0.8) ? "default" : "eu";
  const story = { method: "POST", route: "/v1/*", attempts: [{ key: upstreamKey, outcome: "ok", ms: 900 }] };
  const done = usageRecord(id, {
    ...{ ...who, model, upstreamKey, story, latencyMs: 150 + 4000 * random.next() ** 3 },
    quantities: { ...noQuantities, textIn, textCached, textOut },
    costNanoUsd: textIn * priceIn + Math.floor((textCached * priceIn) / 10) + textOut * priceOut,
  });
  const chance = random.next();
  if (chance < 0.03) return limited(done);
  if (chance < 0.045) return failed(done);
  if (chance < 0.06) return { ...done, isAborted: true };
  if (chance < 0.12) return { ...done, cache: "hit", quantities: noQuantities, costNanoUsd: 0, latencyMs: 4 };
  return done;
};

const limited = (record: UsageRecord): UsageRecord =>
  refused(record, 429, "limit-exceeded", { limits: ["user:relays;minute"], attempts: undefined });

const failed = (record: UsageRecord): UsageRecord => {
  const attempts = [
    { key: "default", outcome: "timed out", ms: 8000 },
    { key: "eu", outcome: "server error (500)", ms: 640 },
  ];
  const cause = "OpenAI answered 500: The server had an error";
  return refused({ ...record, latencyMs: 8730 }, 502, "upstream-unavailable", { attempts, cause });
};

const refused = (
  record: UsageRecord,
  status: number,
  problem: string,
  story: Partial<UsageRecord["story"]>,
): UsageRecord => ({
  ...{ ...record, status, problem, quantities: noQuantities, costNanoUsd: 0 },
  story: { ...record.story, ...story },
});
