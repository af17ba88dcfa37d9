// `broker check`, `broker users whois`, and `.env`, as an operator meets them.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it as test } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { runBroker, spawnBroker } from "../support/cli.ts";
import { emulateOpenAi } from "../support/openai.ts";

interface Place {
  folder: string;
  write(name: string, text: string): void;
  broker(words: string, env?: Record<string, string>): ReturnType<typeof runBroker>;
}

const it = (sentence: string, check: (place: Place) => Promise<void>) =>
  test(sentence, async () => {
    const folder = mkdtempSync(join(tmpdir(), "broker-check-"));
    try {
      await check({
        folder,
        write: (name, text) => writeFileSync(join(folder, name), text),
        broker: (words, env = {}) => runBroker(words, env, folder),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

it("says that the service would start, and opens nothing for it", async ({ broker, folder, write }) => {
  write("broker.yaml", "callers: { guests: anyone }");
  write(".env", "OPENAI_API_KEY=sk-from-the-file\n");
  expect(await broker("check")).toEqual({
    code: 0,
    stdout: "broker.yaml is right: the service would start with it.\n",
    stderr: "Warning: callers.guests: anyone who reaches this service can spend your OpenAI money\n",
  });
  expect(readdirSync(folder).sort()).toEqual([".env", "broker.yaml"]);
});

it("names all mistakes at once, of the file it is told, and ends with 1", async ({ broker, write }) => {
  write("new.yaml", "callers: { guests: perhaps }\nprofiles: { default: { tols: [] } }");
  const { code, stdout, stderr } = await broker("check new.yaml", { PORT: "eighty" });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr.split("\n")).toEqual([
    "new.yaml has 4 mistakes:",
    "  - callers.guests: must be none, loopback or anyone",
    "  - profiles.default.session: is missing",
    expect.stringContaining("  - profiles.default.tols: there is no such setting; did you mean tools?"),
    expect.stringContaining("  - PORT: must be a whole number from 0 to 65535"),
    "",
  ]);
  const json = await broker("check new.yaml --json", { PORT: "eighty" });
  expect(json).toMatchObject({ code: 1, stderr: "" });
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, file: "new.yaml", warnings: [] });
});

it("a misspelt command, and an empty BROKER_CONFIG, are told as such", async ({ broker, folder }) => {
  expect((await broker("chek")).stderr).toContain("there is no command chek; did you mean check?");
  expect((await broker("check", { BROKER_CONFIG: "" })).stderr).toContain("BROKER_CONFIG: is empty");
  mkdirSync(join(folder, "broker.yaml"));
  const { code, stderr } = await broker("users list");
  expect([code, stderr]).toEqual([1, "broker: broker.yaml cannot be read: it is a folder\n"]);
});

it("finds whose safety identifier it is that OpenAI got", async ({ broker, folder, write }) => {
  const yaml = "callers: { tokens: [{ name: alice, token: alice-0123456789abcdef }] }";
  write("broker.yaml", yaml);
  write(".env", `DATABASE_URL=sqlite:${join(folder, "users.db")}\n`);
  const { stdout: added } = await broker("users add bob --json");
  await using openai = await emulateOpenAi();
  const env = { DATABASE_URL: `sqlite:${join(folder, "users.db")}` };
  await using service = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  for (const token of [JSON.parse(added).token, "alice-0123456789abcdef"]) {
    await service.fetch("/ephemeral-key", { headers: { authorization: `Bearer ${token}` } });
  }
  const told = (await openai.mints()).map(({ headers }) => headers["openai-safety-identifier"] ?? "");
  const logged = service.logs.filter(({ msg }) => msg === "request").map((line) => line.safety_identifier);
  expect(logged).toEqual(told);
  expect((await broker(`users whois ${told[0]}`)).stdout).toBe("user:bob\n");
  expect(JSON.parse((await broker(`users whois ${told[1]} --json`)).stdout)).toEqual({
    caller: "token:alice",
  });
  const other = await broker(`users whois ${told[0]}`, { SAFETY_IDENTIFIER_SALT: "another" });
  expect([other.code, other.stdout]).toEqual([1, ""]);
  expect(other.stderr).toMatch(/is the identifier of no user, configured token or signer, .*log/);
  expect((await broker("users whois 0123")).code).toBe(2);
});

it("says of a role that nothing is for, and what the next start would set back", async ({
  broker,
  write,
}) => {
  await broker("users add carol");
  write("broker.yaml", "users: [{ name: carol, roles: [support] }]\nroles: { support: {} }");
  const set = await broker("users set carol --role suport");
  expect(set.stdout).toMatch(/^carol was changed, on every replica within a second: roles suport; /);
  expect(set.stderr.split("\n").slice(0, 2)).toEqual([
    "Note: nothing in broker.yaml is for the role suport. Did you mean support?",
    "Note: broker.yaml says the roles of carol, so the next start sets them as it says; change them there too.",
  ]);
  expect((await broker("users set carol")).stderr).toContain("say what to change: --profile, --role");
  expect((await broker("users rotate carol --overlap 0")).stdout).toContain("the old ones no longer work");
});

it("prints the schema by which editors complete broker.yaml", async ({ broker }) => {
  const { stdout, code } = await broker("schema");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).properties).toHaveProperty("callers");
  expect((await broker("schema all")).stderr).toContain("schema takes no words");
});

it("reads standard input in a file's place", async ({ folder }) => {
  const main = new URL("../../server/cli/main.ts", import.meta.url).pathname;
  const ask = (input: string, ...words: string[]) =>
    spawnSync(process.execPath, [main, "check", "-", ...words], {
      ...{ input, cwd: folder, encoding: "utf8" },
      env: { OPENAI_API_KEY: "sk-of-the-environment" },
    });
  const right = ask("callers: { guests: loopback }", "--secrets");
  expect([right.status, right.stderr]).toEqual([0, ""]);
  const wrong = ask("callers: { guests: perhaps }");
  expect([wrong.status, wrong.stdout]).toEqual([1, ""]);
  expect(wrong.stderr).toContain("standard input has a mistake:\n  - callers.guests: must be");
});

it("takes secrets from variables that kept the end of their file's line", async ({ folder, write }) => {
  write("broker.yaml", `callers: { tokens: [{ name: alice, token: "\${ALICE_TOKEN}" }] }`);
  const env = { ALICE_TOKEN: "alice-0123456789abcdef\n", DATABASE_URL: "sqlite:broker.db\n" };
  const { code, stderr } = await spawnBroker("check", { OPENAI_API_KEY: "sk-1234567890\n", ...env }, folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
