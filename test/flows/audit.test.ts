// The audit trail as its operator meets it: what the service and the commands write, and what `broker audit` says of it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, it as test } from "vitest";
import { type AuditFolder, as, inFolder, yaml } from "../support/audit-flow.ts";
import { createTestBroker } from "../support/broker.ts";
import { startProcess } from "../support/process.ts";
import { account, minted } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

const commandLine = new URL("../../server/cli/main.ts", import.meta.url).pathname;

const it = (sentence: string, check: (folder: AuditFolder) => Promise<void>) =>
  test(sentence, () => inFolder(check));

/** One start of the service, from the first request to its stop. */
const serve = async (env: Record<string, string>): Promise<void> => {
  await using openai = await account({ mints: (answer) => minted(answer) });
  const service = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  expect((await service.fetch("/ephemeral-key?profile=vip", as("alice"))).status).toBe(200);
  for (let times = 0; times < 5; times += 1) {
    expect((await service.fetch("/ephemeral-key?profile=vip", as("eve"))).status).toBe(403);
  }
  const disabled = { method: "PATCH", body: '{"disabled":true}' };
  const headers = { ...as("alice").headers, "content-type": "application/json" };
  expect((await service.fetch("/admin/api/users/carol", { ...disabled, headers })).status).toBe(200);
  await service.useConfig(yaml.replace("support", "operators"));
  await service.stop();
};

it("tells in words what was done, by whom, and with what outcome", async ({ env, broker }) => {
  await serve(env);
  await broker("users add bob --role support");
  await broker("users disable bob");
  await broker("users disable nobody");
  const { stdout } = await broker("audit tail -n 50");
  const lines = stdout.trimEnd().split("\n");
  const said = lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}/, "").split("  ")[0]);
  const user = expect.stringMatching(/^cli:\S+ added user:bob$/);
  expect(said.filter((each) => each !== "an anchor was set")).toEqual([
    ...[
      expect.stringMatching(/^the service started on \S+$/),
      "configuration added user:carol",
      "the configuration was loaded",
    ],
    "token:alice got a key for profile:vip",
    "token:eve was refused: profile-forbidden (profile:vip)",
    "token:eve was refused: profile-forbidden (profile:vip)",
    "token:alice disabled user:carol",
    "configuration changed user:carol",
    "the configuration was loaded",
    "the service stopped",
    user,
    expect.stringMatching(/^cli:\S+ disabled user:bob$/),
  ]);
  expect(stdout).toMatch(/profile-forbidden.* times=4/);
  expect(stdout).toMatch(/configuration was loaded {2}.*changed=users/);
  expect(stdout).not.toMatch(/0123456789abcdef/);
});

it("says that the trail is whole, and where it is not after a row was changed by SQL", async ({
  env,
  file,
  broker,
}) => {
  await serve(env);
  const whole = await broker("audit verify");
  expect(whole).toMatchObject({ code: 0, stderr: "" });
  expect(whole.stdout).toMatch(/^The audit trail is whole: \d+ entries of 1 chain in sqlite:/);
  const database = new DatabaseSync(file);
  database.exec(
    "update audit_entries set body = replace(body, 'token:eve', 'token:bob') where action = 'request-refused'",
  );
  database.exec("delete from audit_entries where action = 'key-minted'");
  database.close();
  const broken = await broker("audit verify");
  expect(broken.code).toBe(1);
  expect(broken.stderr.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^- chain [\w-]{36}, entry 4 is missing between two others$/),
    expect.stringMatching(
      /^- chain \S+, entry 5 \(request-refused, 20.*Z\) was changed: its text does not fit its hash$/,
    ),
    expect.stringMatching(/^- chain \S+, entry 9 \(request-refused, /),
    expect.stringMatching(/^The audit trail is NOT whole: 3 findings in /),
  ]);
  const json = (await broker("audit verify --json")).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(json.at(0)).toMatchObject({ finding: { number: 4, action: null } });
  expect(json.at(-1)).toMatchObject({ ok: false, findings: 3 });
});

it("exports every entry once, as JSON lines whose hashes can be checked, and as CSV", async ({
  env,
  broker,
}) => {
  await serve(env);
  const lines = (await broker("audit export")).stdout.trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line));
  expect(new Set(entries.map(({ chain, number }) => `${chain} ${number}`)).size).toBe(lines.length);
  for (const { entry, hash } of entries) expect(await sha256(JSON.stringify(entry))).toBe(hash);
  const csv = (await broker("audit export --csv")).stdout.trimEnd().split("\n");
  expect(csv).toHaveLength(lines.length + 1);
  expect(csv[0]).toBe("at,action,actor,target,details,chain,number,hash");
  expect((await broker("audit export --since 2020-01-01 --until 2020-01-02")).stdout).toBe("");
});

const sha256 = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("hex");

it("writes down once why the service does not start, and creates no database for it", async ({
  env,
  broker,
}) => {
  const refuse = async () => {
    const service = startProcess({ ...env, OPENAI_API_KEY: "sk-test-0123456789" }, "profils: {}");
    expect(await service.exited).toBe(1);
    return service.output;
  };
  expect(await refuse()).toContain("profils");
  expect(existsSync(env.DATABASE_URL?.slice("sqlite:".length) ?? "")).toBe(false);
  await broker("users add bob");
  await refuse();
  await refuse();
  const lines = (await broker("audit tail")).stdout.trimEnd().split("\n");
  expect(lines).toEqual([
    expect.stringContaining("added user:bob"),
    expect.stringMatching(
      /the configuration was refused {2}file=broker\.yaml file_sha256=\w{12}… problems=.*profils/,
    ),
  ]);
  expect((await broker("audit verify")).code).toBe(0);
});

it("goes on with what comes, when it is told to follow", async ({ env, broker }) => {
  await broker("users add bob");
  const following = spawn(process.execPath, [commandLine, "audit", "tail", "-f"], { env });
  let output = "";
  following.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await until("the first entry is shown", () => output.includes("added user:bob"));
  await broker("users disable bob");
  await until("the next one is shown", () => output.includes("disabled user:bob"));
  expect(output.trimEnd().split("\n")).toHaveLength(2);
  following.kill();
});

it("says what it did not understand", async ({ broker }) => {
  const refused: [string, string][] = [
    ["audit", "say what to do with the audit trail: verify, tail or export"],
    ["audit verfy", "there is no command audit verfy; did you mean verify?"],
    ["audit tail -n 0", "--lines: must be a number from 1 to 9999"],
    ["audit verify --since yesterday", "--since: must be a time ago such as 24h or 7d"],
    ["audit verify --anchor 12", "--anchor: must be NUMBER:HASH"],
    ["audit export --json --csv", "either --json or --csv"],
  ];
  for (const [words, message] of refused) {
    const { code, stderr } = await broker(words);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  }
});
