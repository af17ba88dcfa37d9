// A folder with a database, and a broker.yaml whose keys and refusals leave entries in the audit trail.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runBroker } from "./cli.ts";

export const as = (name: string) => ({ headers: { authorization: `Bearer ${name}-0123456789abcdef` } });
const tokens = ["alice", "eve"]
  .map((name) => `{ name: ${name}, token: ${name}-0123456789abcdef }`)
  .join(", ");
export const yaml = `
callers: { tokens: [${tokens}] }
users: [{ name: carol, roles: [support] }]
metrics: { allow: [everyone] }
operators: { allow: ["token:alice"] }
profiles:
  default: { session: { type: realtime, model: gpt-realtime } }
  vip: { session: { type: realtime, model: gpt-realtime }, allow: ["token:alice"] }
`;

export interface AuditFolder {
  file: string;
  env: Record<string, string>;
  broker(words: string): ReturnType<typeof runBroker>;
}

/** Runs `check` in a folder of its own. */
export const inFolder = async (check: (folder: AuditFolder) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "broker-audit-"));
  const file = join(folder, "broker.db");
  const env = { DATABASE_URL: `sqlite:${file}`, TOKEN_HASH_KEY: "0123456789abcdef0123456789abcdef" };
  try {
    await check({ file, env, broker: (words) => runBroker(words, env, folder) });
  } finally {
    rmSync(folder, { recursive: true });
  }
};
