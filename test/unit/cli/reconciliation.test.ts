// The books beside OpenAI's own count: what differs, and why it may.
import { describe, expect, it } from "vitest";
import { likelyReasons } from "../../../server/cli/gap-reasons.ts";
import { reconcile } from "../../../server/cli/reconciliation.ts";
import type { Sums } from "../../../server/ledger/books.ts";
import type { OrganizationCost, OrganizationUsage } from "../../../server/upstream/organization.ts";
import { noQuantities } from "../../../server/usage/quantities.ts";

const MONDAY = Date.parse("2026-11-16");
const TUESDAY = Date.parse("2026-11-17");

const sum = ({
  model = "gpt-5-mini",
  kind = "relay",
  ...more
}: Partial<Sums> & Partial<Sums["group"]> = {}): Sums => ({
  group: { model, kind, upstream_key: "default" },
  ...{ periodAt: MONDAY, source: "metered", answered: 2, refused: 0, failed: 0, aborted: 0, cacheHits: 0 },
  ...{
    quantities: { ...noQuantities, textIn: 80, textCached: 20, textOut: 10 },
    costNanoUsd: 40_000,
    unpriced: 0,
  },
  ...more,
});

const used = (more: Partial<OrganizationUsage> = {}): OrganizationUsage => ({
  ...{ dayAt: MONDAY, project: "proj_1", keyId: "key_1", model: "gpt-5-mini-2025-08-07", requests: 2 },
  ...{ inputTokens: 100, outputTokens: 10, seconds: undefined },
  ...more,
});

const paid = (more: Partial<OrganizationCost> = {}): OrganizationCost => ({
  ...{ dayAt: MONDAY, project: "proj_1", keyId: "key_1", lineItem: "gpt-5-mini, input_tokens", usd: 0.00004 },
  ...more,
});

const projects = new Map<string, string>();

const compare = (sums: Sums[], usage: OrganizationUsage[], costs: OrganizationCost[] = [paid()]) => {
  const compared = reconcile({ sums, usage, costs, projects });
  return { ...compared, reasons: likelyReasons(compared) };
};

describe("the two agree", () => {
  it("where requests, tokens and costs are the same, under the name of a snapshot too", () => {
    const { lines, reasons, total } = compare([sum()], [used()]);
    expect(lines).toMatchObject([{ day: "2026-11-16", model: "gpt-5-mini", isEqual: true }]);
    expect(total.isEqual).toBe(true);
    expect(reasons).toEqual([]);
  });

  it("where sums come in parts: by upstream key here, by line of the bill there", () => {
    const costs = [paid({ usd: 0.00007 }), paid({ lineItem: "gpt-5-mini, output_tokens", usd: 0.00001 })];
    const { lines } = compare([sum(), sum()], [used(), used({ keyId: "key_2" })], costs);
    expect(lines).toMatchObject([{ isEqual: true, books: { requests: 4 }, openAi: { requests: 4 } }]);
  });

  it("where answers came from the response cache, which OpenAI never saw", () => {
    expect(compare([sum({ answered: 5, cacheHits: 3 })], [used()]).lines).toMatchObject([{ isEqual: true }]);
  });

  it("where pages reported usage, tools were called and lists were read: those are not OpenAI's count", () => {
    const others = [sum({ source: "reported" }), sum({ kind: "tool-call", model: "" }), sum({ model: "" })];
    const { lines } = compare([sum(), ...others], [used()]);
    expect(lines).toMatchObject([{ model: "gpt-5-mini", isEqual: true }]);
  });
});

describe("a gap is named", () => {
  const reasonsOf = (...counts: Parameters<typeof compare>) => compare(...counts).reasons;

  it("for voice sessions, which only OpenAI counts", () => {
    const minted = sum({ source: "minted", kind: "mint", model: "gpt-realtime-2.1", answered: 3 });
    const voice = used({ model: "gpt-realtime-2.1", requests: 14 });
    const [reason, ...others] = reasonsOf([sum(), minted], [used(), voice]);
    expect(reason).toMatch(/^Voice sessions \(gpt-realtime-2.1\): 3 keys for voice were handed out\./);
    expect(others).toEqual([]);
  });

  it("for keys that are used elsewhere", () => {
    const [reason] = reasonsOf([sum()], [used(), used({ keyId: "key_2", requests: 40, inputTokens: 900 })]);
    expect(reason).toMatch(/^Keys that are used elsewhere.*: OpenAI counted 40 requests more \(gpt-5-mini\)/);
    expect(reason).toContain("OpenAI counted 2 keys, the books know one upstream key");
  });

  it("for projects that no upstream key is for", () => {
    const usage = [used(), used({ project: "proj_2", keyId: "key_2" })];
    const known = new Map([
      ["default", "proj_1"],
      ["reserve", "proj_3"],
    ]);
    const [reason] = likelyReasons(
      reconcile({
        sums: [sum()],
        usage: [...usage, used({ project: "proj_3" })],
        costs: [],
        projects: known,
      }),
    );
    expect(reason).toContain("No upstream key is for proj_2: --project with the others leaves them out.");
  });

  it("for answers that were cut off", () => {
    const reasons = reasonsOf([sum({ aborted: 1 })], [used({ outputTokens: 40 })]);
    expect(reasons[0]).toMatch(
      /^Answers that were cut off \(gpt-5-mini\): one answer was not read to the end/,
    );
  });

  it("for models without a price", () => {
    const [reason] = reasonsOf([sum({ unpriced: 2, costNanoUsd: 0 })], [used()]);
    expect(reason).toMatch(/^Unknown prices \(gpt-5-mini\): 2 answers have no cost in the books/);
  });

  it("for another price than ours", () => {
    const [reason] = reasonsOf([sum()], [used()], [paid({ usd: 0.00008 })]);
    expect(reason).toMatch(/^Other prices \(gpt-5-mini\): tokens agree and costs do not/);
  });

  it("for requests around midnight", () => {
    const sums = [sum({ answered: 1 }), sum({ periodAt: TUESDAY, answered: 3 })];
    const usage = [used(), used({ dayAt: TUESDAY })];
    const costs = [paid(), paid({ dayAt: TUESDAY })];
    expect(reasonsOf(sums, usage, costs)).toContainEqual(expect.stringMatching(/^Midnight \(gpt-5-mini\)/));
  });

  it("for what OpenAI has not counted", () => {
    const reasons = reasonsOf([sum({ model: "our-llama" })], [], []);
    expect(reasons).toEqual([expect.stringMatching(/^Not counted there \(our-llama\)/)]);
  });
});

it("names that callers invent move no cursor, and match what OpenAI says of them", () => {
  const model = `our-own\u001b[2J${"x".repeat(300)}`;
  const kept = `our-own\ufffd[2J${"x".repeat(300)}`.slice(0, 200);
  const { lines } = compare([sum({ model: kept })], [used({ model })], []);
  expect(lines).toMatchObject([{ model: kept, books: { requests: 2 }, openAi: { requests: 2 } }]);
});

it("keys are told as both sides name them", () => {
  const { keys, upstreamKeys } = compare([sum()], [used(), used({ keyId: "key_2", project: "proj_2" })]);
  expect(keys).toEqual([
    { project: "proj_1", keyId: "key_1", requests: 2, usd: 0.00004 },
    { project: "proj_2", keyId: "key_2", requests: 2, usd: undefined },
  ]);
  expect(upstreamKeys).toEqual([{ name: "default", project: undefined, requests: 2, usd: 0.00004 }]);
});
