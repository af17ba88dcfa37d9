// `broker usage` and `broker why`, as an operator meets them.
import { expect, it as test } from "vitest";
import type { UsageRecord } from "../../server/ledger/record.ts";
import { sqlLedgerStore } from "../../server/ledger/store.sql.ts";
import { noQuantities } from "../../server/usage/quantities.ts";
import { createBooks } from "../support/books.ts";
import { type Ended, runBroker } from "../support/cli.ts";
import { usageRecord } from "../support/usage-records.ts";

const NOON = Date.UTC(2026, 9, 25, 12);
const range = "--since 2026-10-25 --until 2026-10-26";
const none = { quantities: noQuantities, upstreamKey: undefined, model: undefined, rule: undefined };
const records: UsageRecord[] = [
  usageRecord("first", { at: NOON, costNanoUsd: 12_340_000_000 }),
  usageRecord("second", { at: NOON + 86_400_000, caller: "user:bob", model: "new", costNanoUsd: undefined }),
  usageRecord("third", { ...none, at: NOON, kind: "mint", source: "minted", costNanoUsd: undefined }),
  usageRecord("fourth", { ...none, at: NOON, kind: "tool-call", tool: "weather", costNanoUsd: 0 }),
  usageRecord("fifth", { at: NOON, kind: "report", source: "reported", costNanoUsd: 2_000_000 }),
];

const it = (sentence: string, check: (broker: (words: string) => Promise<Ended>) => Promise<void>) =>
  test(sentence, async () => {
    await using books = await createBooks(records);
    await check((words) => runBroker(words, { DATABASE_URL: books.url }));
  });

it("shows who used what as a table with bars, and what pages reported apart", async (broker) => {
  const { code, stdout, stderr } = await broker(`usage ${range}`);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(
    `Usage from 2026-10-25 00:00 to 2026-10-26 23:59 (UTC)

USER        MINTED  TOOL CALLS  RELAYED  TOKENS IN  TOKENS OUT      COST
user:alice       1           1        1         10           5    $12.34  ██████████████████████████
user:bob         0           0        1         10           5   unknown
total            1           1        2         20          10  > $12.34

Reported by pages of their voice sessions; it cannot be checked here, and is no part of the above

USER        REPORTS  TOKENS IN  TOKENS OUT    COST
user:alice        1         10           5  $0.002

Costs are too low: 1 request has no known price. Models: new. \`prices\` in broker.yaml sets them.
`,
  );
});

it("prints rows for a program, of what was metered alone", async (broker) => {
  const { stdout, stderr } = await broker(`usage --by user --json ${range}`);
  expect(JSON.parse(stdout)).toEqual([
    {
      ...{ user: "user:alice", minted: 1, tool_calls: 1, relayed: 1, sessions: 0 },
      ...{ input_tokens: 10, output_tokens: 5, cost_usd: 12.34 },
    },
    {
      ...{ user: "user:bob", minted: 0, tool_calls: 0, relayed: 1, sessions: 0 },
      ...{ input_tokens: 10, output_tokens: 5, cost_usd: null },
    },
  ]);
  expect(stdout.trimEnd()).not.toContain("\n");
  expect(stderr).toBe("Note: no price is known of new, so costs are too low.\n");
});

it("groups by the days of a time zone, and shows one user alone", async (broker) => {
  const days = await broker(`usage --by day --json ${range} --time-zone Europe/Vienna`);
  expect(JSON.parse(days.stdout)).toMatchObject([
    { day: "2026-10-25", relayed: 1 },
    { day: "2026-10-26", relayed: 1 },
  ]);
  const csv = await broker(`usage --by day,model --csv --user user:bob ${range}`);
  expect(csv.stdout.split("\r\n")).toEqual(
    [expect.stringMatching(/^day,model,minted,/), expect.stringMatching(/^2026-10-26,new,0,0,1,/)].concat([]),
  );
});

it("says so where the books have nothing", async (broker) => {
  const { code, stdout } = await broker("usage --since 2020-01-01 --until 2020-01-31");
  expect([code, stdout]).toEqual([0, "The books have nothing from 2020-01-01 00:00 to 2020-01-31 23:59.\n"]);
  expect((await broker("usage --since 2020-01 --until 2020-01 --json")).stdout).toBe("[]\n");
});

test.each([
  ["usage --by usr", "--by: there is no usr; did you mean user?"],
  ["usage --since soon", "--since: must be 24h, 7d"],
  ["usage --time-zone Vienna", "--time-zone: must be a time zone such as Europe/Vienna"],
  ["usage --sinse 7d", "Unknown option '--sinse'"],
  ["usage --kind relays", "--kind: must be mint, tool-call, relay, report, session or voice"],
  ["usage --csv --json", "--csv and --json exclude each other"],
  ["usage today", "Unexpected argument 'today'"],
  ["why", "a REQUEST_ID is missing"],
  ["why a b", "b is one too many"],
  ["usages", "did you mean usage?"],
])("%s is refused with a sentence, before any database is opened", async (words, sentence) => {
  const { code, stdout, stderr } = await runBroker(words, { DATABASE_URL: "postgres://127.0.0.1:9/none" });
  expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(sentence)]);
});

it("tells what came of one request", async (broker) => {
  const { code, stdout } = await broker("why first");
  expect([code, stdout]).toEqual([
    0,
    `Request first

  when      Sunday, 25 October 2026 at 12:00:00 UTC
  who       user:alice, of the team red
  what      POST /v1/*
            a relayed request, relay entry all, model gpt-5, key at OpenAI default
  outcome   200, after 120 ms
  used      10 tokens in, 5 out; cost $12.34

OpenAI answered, and the answer was passed on whole.
`,
  ]);
  expect(JSON.parse((await broker("why first --json")).stdout)).toMatchObject({
    id: "first",
    user: "user:alice",
  });
});

test("tells what was said in a request that was recorded", async () => {
  await using books = await createBooks(records);
  const said = { requestId: "first", at: NOON, isCut: false };
  await sqlLedgerStore(books.database, "sqlite").write({
    ...{ segment: "contents", from: 0, to: 1 },
    entries: [
      { content: { ...said, kind: "answers", text: "Two\nlines \u001b[31mred", isCut: true } },
      { content: { ...said, kind: "prompts", text: '{"input":"Hello"}' } },
    ],
  });
  const { stdout } = await runBroker("why first", { DATABASE_URL: books.url });
  expect(stdout).toContain(`passed on whole.

Prompt
  {"input":"Hello"}

Answer (too long to keep whole)
  Two
  lines ?[31mred
`);
  const { stdout: json } = await runBroker("why first --json", { DATABASE_URL: books.url });
  expect(JSON.parse(json).contents[0]).toEqual({ kind: "prompts", text: '{"input":"Hello"}', is_cut: false });
});

it("says where else to look for a request that the books do not have", async (broker) => {
  const { code, stderr } = await broker("why none");
  expect(code).toBe(1);
  expect(stderr).toMatch(/the books have no request none.*older than single records are kept.*log/);
});

it("repeats no word that would steer the terminal", async (broker) => {
  const { stderr } = await broker("why \u001b[31mred");
  expect(stderr).toContain("the books have no request ?[31mred.");
});
