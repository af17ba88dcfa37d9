// `broker usage reconcile`, over the books of a running service and an OpenAI that counts by itself.
import OpenAI from "openai";
import { expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker } from "../support/broker.ts";
import { runBroker } from "../support/cli.ts";
import { ledgers } from "../support/ledger.ts";
import { ALICE, clientOf, collect, relayYaml } from "../support/relay-client.ts";

const NOON = Date.parse("2026-11-20T12:00:00Z");
const clock = { now: () => NOON, monotonic: () => performance.now() };
const days = "--since 2026-11-19 --until 2026-11-21";
const messages = [{ role: "user" as const, content: "How much is this?" }];

const open = async (openLedger: (typeof ledgers)[number][1]) => {
  const emulator = await startEmulator({ now: () => NOON });
  const ledger = await openLedger();
  const broker = await createTestBroker({
    ...{ openai: emulator.baseUrl, yaml: relayYaml(), env: ledger.env, clock },
  });
  const env = { ...ledger.env, OPENAI_BASE_URL: emulator.baseUrl, OPENAI_ADMIN_KEY: "sk-admin-1" };
  return {
    ...{ emulator, broker, ledger },
    reconcile: (words = days, more: Record<string, string> = {}) =>
      runBroker(`usage reconcile ${words}`, { ...env, ...more }),
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await ledger[Symbol.asyncDispose]();
      await emulator.close();
    },
  };
};

it.each(ledgers)(
  "agrees with OpenAI's own count of everything that passed, with %s",
  async (_, openLedger) => {
    await using opened = await open(openLedger);
    const { broker, ledger, reconcile } = opened;
    const client = clientOf(broker);
    for (let index = 0; index < 40; index += 1) {
      const question = [{ role: "user" as const, content: "x".repeat(index * 7) }];
      const ask = { model: ["gpt-5", "gpt-5-mini"][index % 2] ?? "", messages: question };
      if (index % 3 === 0) await client.chat.completions.create(ask);
      else await collect(await client.chat.completions.create({ ...ask, stream: true }));
    }
    await client.responses.create({ model: "gpt-6-luna", input: "Hello" });
    await client.embeddings.create({ model: "text-embedding-3-small", input: "Hello" });
    await client.images.generate({ model: "gpt-image-1", prompt: "A lighthouse" });
    await client.models.list();
    await ledger.has(44);
    const { code, stdout, stderr } = await reconcile();
    expect(stderr).toBe("");
    expect(stdout).toContain("They agree, day by day and model by model.");
    expect(code).toBe(0);
    const told = JSON.parse((await reconcile(`${days} --json`)).stdout);
    expect(
      told.lines.map(({ model, books }: { model: string; books: { requests: number } }) => [
        model,
        books.requests,
      ]),
    ).toEqual([
      ...[
        ["gpt-5", 20],
        ["gpt-5-mini", 20],
        ["gpt-6-luna", 1],
        ["gpt-image-1", 1],
        ["text-embedding-3-small", 1],
      ],
    ]);
    expect(told.total.openAi.usd).toBeCloseTo(told.total.books.usd, 9);
    expect(told.total.books.usd).toBeGreaterThan(0);
  },
);

it("names what only OpenAI counted, and why", async () => {
  const [, openLedger] = ledgers[0];
  await using opened = await open(openLedger);
  const { broker, ledger, emulator, reconcile } = opened;
  const client = clientOf(broker);
  await client.chat.completions.create({ model: "gpt-5-mini", messages });
  await broker.fetch("/ephemeral-key", { headers: { authorization: `Bearer ${ALICE}` } });
  const elsewhere = new OpenAI({
    baseURL: emulator.baseUrl,
    apiKey: "sk-another-program",
    project: "proj_two",
  });
  await elsewhere.chat.completions.create({ model: "gpt-5-mini", messages });
  // A voice session of the key, as OpenAI counts it.
  await elsewhere.chat.completions.create({ model: "gpt-realtime-2.1", messages });
  await client.chat.completions.create({ model: "gpt-unheard-of", messages });
  await ledger.has(3);
  const { code, stdout } = await reconcile();
  expect(code).toBe(1);
  expect(stdout).toMatch(/2026-11-20 +gpt-5-mini +books +1 .*\n +OpenAI +2 /);
  expect(stdout).toContain("- Voice sessions (gpt-realtime-2.1): one key for voice was handed out.");
  expect(stdout).toContain("- Keys that are used elsewhere");
  expect(stdout).toContain("proj_two");
  const own = await reconcile(`${days} --project proj_default`);
  expect(own.code).toBe(0);
  expect(own.stdout).toContain("They agree");
});

it("says what is missing or refused, and prints no key", async () => {
  const [, openLedger] = ledgers[0];
  await using opened = await open(openLedger);
  const { reconcile } = opened;
  expect(await reconcile(days, { OPENAI_ADMIN_KEY: "" })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^broker: OPENAI_ADMIN_KEY: is not set; OpenAI tells its usage to admin keys only/,
    ),
  });
  expect(await reconcile(days, { OPENAI_ADMIN_KEY: "file:/run/no-admin-key" })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      "OPENAI_ADMIN_KEY: file:/run/no-admin-key cannot be read: there is no file",
    ),
  });
  const refused = await reconcile(days, { OPENAI_ADMIN_KEY: "sk-no-admin-key" });
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("OpenAI refused OPENAI_ADMIN_KEY"),
  });
  expect(refused.stderr).not.toContain("sk-no-admin-key");
  const away = await reconcile(days, { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
  expect(away).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^broker: OpenAI could not be asked/),
  });
  expect(await reconcile("--since soon")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--since"),
  });
  expect(await reconcile()).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Neither has anything"),
  });
});
