// The service over books of a few records, and those who ask for them.
import type { UsageRecord } from "../../server/ledger/record.ts";
import { noQuantities } from "../../server/usage/quantities.ts";
import { createBooks } from "./books.ts";
import { createTestBroker, type TestBroker } from "./broker.ts";
import { usageRecord } from "./usage-records.ts";

/** Alice is a caller, Olga an operator. */
export const usageYaml = `
callers:
  guests: loopback
  tokens:
    - { name: alice, token: alice-0123456789 }
    - { name: olga, token: olga-0123456789ab, roles: [operator] }
operators: { allow: [role:operator] }
`;
const at = Date.now() - 60_000;
const story = {
  ...{ method: "POST", route: "/v1/*", cause: "the key was rejected", openAiRequestId: "req_1" },
  attempts: [{ key: "eu", outcome: "rejected", ms: 12 }],
};
const of = (caller: string, more: Partial<UsageRecord> = {}): UsageRecord =>
  usageRecord(`of-${caller}-${more.kind ?? "relay"}`, { at, caller, story, ...more });
export const bookedRecords = [
  of("token:alice", { model: "gpt-5", costNanoUsd: 1_500_000_000 }),
  of("token:alice", { kind: "mint", source: "minted", costNanoUsd: undefined }),
  of("token:bob", { model: "=new()", team: "blue", costNanoUsd: undefined }),
  of("guest", { kind: "tool-call", tool: "weather", quantities: noQuantities, costNanoUsd: 0 }),
];

export interface Place {
  broker: TestBroker;
  as(name: "alice" | "olga" | undefined, path: string): Promise<Response>;
}

/** A service over books with those records. */
export const withBooks = async (check: (place: Place) => Promise<void>): Promise<void> => {
  await using books = await createBooks(bookedRecords);
  const options = { openai: "http://127.0.0.1:9/v1", yaml: usageYaml, env: { DATABASE_URL: books.url } };
  await using broker = await createTestBroker(options);
  const tokens = { alice: "alice-0123456789", olga: "olga-0123456789ab" };
  const as: Place["as"] = (name, path) =>
    broker.fetch(path, { headers: name ? { authorization: `Bearer ${tokens[name]}` } : {} });
  await check({ broker, as });
};
