// `broker why` of a voice session.
import { expect, it } from "vitest";
import { keepRecords } from "../support/books.ts";
import { runBroker } from "../support/cli.ts";
import { createKeptSessions } from "../support/kept-sessions.ts";
import { usageRecord } from "../support/usage-records.ts";
import { NOON, noTotals } from "../support/voice-session.ts";

const quantities = (audioIn: number, audioOut: number) => ({
  ...{ ...usageRecord("").quantities, textIn: 0, textOut: 0 },
  ...{ audioIn, audioOut },
});
const part = (usageId: string, name: "response" | "unseen-time", costNanoUsd: number) =>
  usageRecord(`vs_one:${usageId}`, {
    ...{ kind: "voice", at: NOON + 5000, caller: "token:alice", costNanoUsd },
    quantities: name === "response" ? quantities(400, 100) : { ...quantities(0, 0), seconds: 12 },
    story: { method: "", route: "", session: "vs_one", part: name },
  });
const records = [
  usageRecord("request-1", {
    ...{ kind: "mint", source: "minted", caller: "token:alice", at: NOON - 2000 },
    story: { method: "GET", route: "/ephemeral-key", session: "vs_one" },
  }),
  part("resp_1", "response", 20_000_000),
  part("resp_2", "response", 30_000_000),
  part("gap_1", "unseen-time", 60_000_000),
];

it("tells who talked, what that used, and why it ended, by our name or by OpenAI's", async () => {
  await using sessions = await createKeptSessions();
  const totals = { ...noTotals, tokens: 1000, costNanoUsd: 110_000_000 };
  const over = { state: "ended", reason: "idle", endedAt: NOON + 61_000 } as const;
  await sessions.add({ ...over, id: "vs_one", totals, tags: ["shop"] });
  await keepRecords(sessions.database, "sqlite", records);
  const env = { DATABASE_URL: sessions.url };
  const { code, stdout } = await runBroker("why vs_one", env);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Session vs_one\n\n {2}when +Thursday, 1 January 2026 at 12:00:00 UTC, for 1:01\n/);
  for (const line of [
    /what +a session of Realtime over webrtc, profile default, supervision watch, model gpt-realtime-2.1/,
    /used +2 responses: 800 tokens in, 200 out; cost \$0.05\n/,
    / 1 span in which the service did not see it: 12 seconds; cost \$0.06\n/,
    / in all 1,000 tokens; cost \$0.11\n/,
    /at OpenAI +rtc_one\n/,
    /requests +11:59:58 GET \/ephemeral-key, 200: request-1\n/,
    /Neither side said anything for `idle_seconds`/,
  ]) {
    expect(stdout).toMatch(line);
  }
  expect((await runBroker("why rtc_one", env)).stdout).toBe(stdout);
  const json = await runBroker("why vs_one --json", env);
  expect(JSON.parse(json.stdout)).toMatchObject({
    session: { id: "vs_one", reason: "idle", seconds: 61, cost_usd: 0.11 },
    requests: [{ id: "request-1" }],
    parts: [{ part: "response", count: 2, cost_usd: 0.05 }, { part: "unseen-time" }],
  });
  expect(stdout + json.stdout).not.toContain("Be kind");
});

it("tells of one part of a session what any record tells", async () => {
  await using sessions = await createKeptSessions();
  await keepRecords(sessions.database, "sqlite", records);
  const { stdout } = await runBroker("why vs_one:resp_1", { DATABASE_URL: sessions.url });
  expect(stdout).toMatch(/what +a part of a voice session, .*model gpt-5/);
  expect(stdout).toMatch(/used +400 tokens in, 100 out; cost \$0.02\n.*session +vs_one/s);
  expect(stdout).toMatch(/The model answered in a supervised voice session/);
});

it("says that a session goes on, or that there is none", async () => {
  await using sessions = await createKeptSessions();
  await sessions.add({ id: "vs_open" });
  await sessions.add({ id: "vs_asked", endRequested: "operator" });
  const env = { DATABASE_URL: sessions.url };
  expect((await runBroker("why vs_open", env)).stdout).toMatch(
    /state +open, watched over by elsewhere[\s\S]*\nIt goes on\.\n$/,
  );
  expect((await runBroker("why vs_asked", env)).stdout).toMatch(/It is being ended\. An operator ended it/);
  const { code, stderr } = await runBroker("why vs_none", env);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/no session vs_none.*longer ago/)]);
});
