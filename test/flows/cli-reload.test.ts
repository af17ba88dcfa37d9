// `broker reload`, and a secret that changes where it is kept: what each replica says, and that no request is lost.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemTimers } from "../../server/clock.ts";
import { openConfiguration } from "../../server/compose/configuration.ts";
import { reloadOnChange } from "../../server/compose/reload-on-change.ts";
import { createReloads } from "../../server/compose/reloads.ts";
import { createService } from "../../server/compose/service.ts";
import { runBroker } from "../support/cli.ts";
import { type Account, account, minted } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

let folder: string;
let openai: Account;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-reload-"));
  openai = await account();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await openai[Symbol.asyncDispose]();
});

const yamlOf = (more = "") => `
callers: { tokens: [{ name: alice, token: alice-0123456789abcdef }] }
limits: { address: none, mints: { caller: none } }
settings: { reload: signal${more} }`;
const environment = (file: string) => ({
  ...{
    PORT: "0",
    OPENAI_BASE_URL: openai.baseUrl,
    BROKER_CONFIG: join(folder, file),
    LOAD_SHEDDING: "false",
  },
  ...{ DATABASE_URL: `sqlite:${join(folder, "broker.db")}`, USAGE_JOURNAL: join(folder, "journal") },
});

/** A replica with a broker.yaml of its own, in this process. */
const replica = async (file: string, yaml = yamlOf()) => {
  await writeFile(join(folder, file), yaml);
  await writeFile(join(folder, `${file}.key`), `sk-of-${file}`);
  const env = { ...environment(file), OPENAI_API_KEY: `file:${join(folder, `${file}.key`)}` };
  const lines: string[] = [];
  const log = { write: (_: string, message: string) => void lines.push(message) };
  const source = openConfiguration({ env, log });
  const service = await createService(await source.read(new AbortController().signal), {
    log,
    localGuests: "token",
  });
  const reloads = createReloads({ read: source.read, service, timers: systemTimers, log });
  const watch = reloadOnChange({ source, service, reloads, timers: systemTimers });
  service.answerReloads(() => reloads.reload("command"));
  const { url, stop } = await service.listen();
  return {
    ...{ url, lines },
    [Symbol.asyncDispose]: async () => {
      watch[Symbol.dispose]();
      await stop(1);
      await source[Symbol.asyncDispose]();
    },
  };
};

const mint = async (url: string) => {
  const headers = { authorization: "Bearer alice-0123456789abcdef" };
  const answer = await fetch(`${url}/ephemeral-key`, { headers });
  await answer.arrayBuffer();
  return answer.status;
};

it("asks every replica that shares the database, and prints what each has changed or refused", async () => {
  await writeFile(join(folder, "one.yaml"), yamlOf());
  const none = await runBroker("reload", environment("one.yaml"), folder);
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("no replica answers") });
  await using _one = await replica("one.yaml");
  await using _two = await replica("two.yaml");
  await writeFile(join(folder, "one.yaml"), yamlOf(", drain_seconds: 3, port: 1, metrics_port: 0"));
  await writeFile(join(folder, "two.yaml"), `${yamlOf()}\nprofiles: 3`);
  const { code, stdout } = await runBroker("reload", environment("one.yaml"), folder);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /process \d+\): changed settings\.drain_seconds\n {2}needs a restart: settings\.metrics_port\n/,
  );
  expect(stdout).toMatch(
    /process \d+\): refused, and what was in force stays\n {2}- profiles: must be an object/,
  );
  await writeFile(join(folder, "two.yaml"), yamlOf());
  const json = await runBroker("reload --json", environment("one.yaml"), folder);
  expect(json.code).toBe(0);
  expect(json.stdout.trim().split("\n")).toHaveLength(2);
});

it("a file secret that changes under load takes effect by itself, and no request is lost", async () => {
  await using one = await replica("key.yaml");
  let secrets = ["sk-of-key.yaml"];
  openai.behave({
    mints: (answer, { headers }) => {
      if (secrets.some((secret) => headers.authorization === `Bearer ${secret}`)) return minted(answer);
      answer.writeHead(401, { "content-type": "application/json" });
      answer.end('{"error":{"message":"no","code":"invalid_api_key"}}');
    },
  });
  const statuses: number[] = [];
  let isOver = false;
  const clients = Array.from({ length: 20 }, async () => {
    while (!isOver) statuses.push(await mint(one.url));
  });
  for (const next of ["sk-2", "sk-3"]) {
    secrets = [...secrets, next].slice(-2);
    await writeFile(join(folder, "key.yaml.key"), next);
    const used = () => openai.of("mints").at(-1)?.headers.authorization === `Bearer ${next}`;
    await until("the new secret is used", used, 60);
    secrets = [next];
  }
  isOver = true;
  await Promise.all(clients);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(one.lines.filter((line) => line === "configuration-reloaded")).toHaveLength(2);
});
