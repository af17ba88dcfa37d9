// `broker users set` beside a running service: what a user may do changes at once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { askBroker, runBroker } from "../support/cli.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { createDatabase } from "../support/postgres.ts";
import { startProcess } from "../support/process.ts";
import { until } from "../support/wait.ts";

const sqliteFile = async () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-set-"));
  return {
    url: `sqlite:${folder}/broker.db`,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  };
};

const file = new URL("../support/two-profiles.yaml", import.meta.url).pathname;

describe.each([
  ["SQLite", sqliteFile],
  ["Postgres", createDatabase],
])("on %s", (_, createPlace) => {
  it("roles, profiles and limits are in force within a second", async () => {
    await using place = await createPlace();
    await using openai = await emulateOpenAi();
    const key = { OPENAI_API_KEY: "sk-0123456789abcdef", OPENAI_BASE_URL: openai.baseUrl };
    const env = { ...key, DATABASE_URL: place.url, BROKER_CONFIG: file };
    const { token } = await askBroker("users add bob", env);
    await using service = startProcess(env);
    const url = await service.listening();
    const mint = async (profile: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${url}/ephemeral-key?profile=${profile}`, { headers })).status;
    };
    /** Changes bob, and waits until a mint answers that. */
    const set = async (words: string[], profile: string, status: number) => {
      const { code, stderr } = await runBroker(["users", "set", "bob", ...words], env);
      expect([code, stderr]).toEqual([0, ""]);
      await until(`${profile} answers ${status}`, async () => (await mint(profile)) === status);
    };
    expect([await mint("default"), await mint("special")]).toEqual([403, 403]);
    await set(["--role", "support"], "default", 200);
    await set(["--profile", "special"], "special", 200);
    expect(await mint("default")).toBe(403);
    await set(["--clear", "profile"], "default", 200);
    await set(["--limit", "mints=1 per day"], "default", 429);
    await set(["--clear", "mints"], "default", 200);
    await set(["--clear", "role"], "default", 403);
  });
});
