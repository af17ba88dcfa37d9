// Records of the ledger for tests.
import type { UsageRecord } from "../../server/ledger/record.ts";
import { noQuantities } from "../../server/usage/quantities.ts";

/** Of a relayed request at noon of 1 January 2026, with 10 tokens of text in and 5 out for 1,000 nano-dollars. */
export const usageRecord = (requestId: string, more: Partial<UsageRecord> = {}): UsageRecord => ({
  ...{ requestId, at: Date.UTC(2026, 0, 1, 12), kind: "relay", source: "metered", caller: "user:alice" },
  ...{ team: "red", profile: undefined, rule: "all", tool: undefined, upstreamKey: "default" },
  ...{ model: "gpt-5", status: 200, problem: undefined, isAborted: false, cache: undefined },
  ...{ latencyMs: 120, tags: [], quantities: { ...noQuantities, textIn: 10, textOut: 5 } },
  ...{ costNanoUsd: 1000, story: { method: "POST", route: "/v1/*" } },
  ...more,
});
