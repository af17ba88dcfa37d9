// Two hundred callers at once, and something is wrong with OpenAI: what can be answered is, once, and to whom it belongs.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { chatAnswer, type FakeOpenAi, fakeOpenAi, refusing } from "../support/fake-openai.ts";
import { ALICE, clientOf, relayYaml } from "../support/relay-client.ts";

const CALLERS = 200;
const keyOf = (name: string, baseUrl: string, more = "") =>
  `{ name: ${name}, secret: sk-of-${name}, base_url: "${baseUrl}"${more} }`;

let emulators: Emulator[];
let broker: TestBroker;
beforeEach(async () => {
  emulators = await Promise.all([startEmulator(), startEmulator()]);
  const keys = emulators.map(({ baseUrl }, index) => keyOf(`key-${index}`, baseUrl));
  broker = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    env: { OPENAI_API_KEY: "" },
    yaml: relayYaml(undefined, `upstream_keys: [${keys.join(", ")}]`),
  });
});
afterEach(async () => {
  await broker.stop();
  await Promise.all(emulators.map((emulator) => emulator.close()));
});

const fault = (which: number, what: object) =>
  fetch(new URL("/emulator/faults", emulators[which]?.baseUrl), {
    method: "POST",
    body: JSON.stringify({ path: "/v1/chat/completions", times: 1000, ...what }),
  });

const asked = async (which: number): Promise<number> => {
  const answer = await fetch(new URL("/emulator/requests", emulators[which]?.baseUrl));
  return ((await answer.json()) as { requests: unknown[] }).requests.length;
};

/** What each of many callers at once got: their own answer, or that it failed. */
const askAll = (stream: boolean): Promise<("own" | "another's" | "failed")[]> => {
  const client = clientOf(broker, { logLevel: "off" });
  const ask = async (index: number) => {
    const messages = [{ role: "user" as const, content: `I am caller ${index}` }];
    const body = { model: "gpt-5-mini", messages };
    let said = "";
    try {
      if (stream) {
        for await (const chunk of await client.chat.completions.create({ ...body, stream: true }))
          said += chunk.choices[0]?.delta.content ?? "";
      } else said = (await client.chat.completions.create(body)).choices[0]?.message.content ?? "";
    } catch {
      return "failed" as const;
    }
    return said === `You said: I am caller ${index}` ? ("own" as const) : ("another's" as const);
  };
  return Promise.all(Array.from({ length: CALLERS }, (_, index) => ask(index)));
};

const count = (got: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(got, (each) => each)].map(([what, all]) => [what, all.length]));

describe.each([false, true])("streamed: %s", (stream) => {
  it.each<[string, object]>([
    ["refuses our key", { status: 401 }],
    ["fails", { status: 500 }],
    ["is overloaded", { status: 503 }],
    ["limits us", { status: 429, headers: { "retry-after": "5" } }],
    ["has no quota for us", { status: 429, body: { error: { code: "insufficient_quota" } } }],
    ["takes its time", { delay_ms: 300 }],
    ["answers slowly", { bytes_per_second: 2000 }],
    ["answers with a page", { status: 502, body: "<html>Bad gateway</html>" }],
  ])("nobody notices that one key's OpenAI %s", async (_, what) => {
    await fault(0, what);
    expect(count(await askAll(stream))).toEqual({ own: CALLERS });
  });

  it.each<[string, object]>([
    ["cuts answers off", { cut_after_bytes: 100 }],
    ["says more than it sends", { content_length: 1_000_000 }],
  ])("when OpenAI %s, just those answers fail, and none is asked for twice", async (_, what) => {
    await fault(0, { ...what, times: 30 });
    const { own = 0, failed = 0, ...others } = count(await askAll(stream));
    expect([own + failed, others]).toEqual([CALLERS, {}]);
    expect(failed).toBeLessThanOrEqual(30);
    // A stream tells by itself that it is whole, whatever its length was said to be.
    if (!stream) expect(failed).toBeGreaterThan(0);
    expect((await asked(0)) + (await asked(1))).toBe(CALLERS);
  });

  it("when OpenAI says less than it sends, nobody gets what belongs to another", async () => {
    await fault(0, { content_length: 40, times: 30 });
    const got = count(await askAll(stream));
    expect(got["another's"] ?? 0).toBeLessThanOrEqual(stream ? 30 : 0);
    expect(got.own).toBeGreaterThanOrEqual(CALLERS - 30);
  });
});

it("of three keys of which one refuses, one is slow and one is fine, no request is lost", async () => {
  const keys: Record<string, FakeOpenAi> = {
    bad: await fakeOpenAi(refusing(401)),
    late: await fakeOpenAi(async (...request) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await chatAnswer(...request);
    }),
    good: await fakeOpenAi(chatAnswer),
  };
  const list = Object.entries(keys).map(([name, { baseUrl }]) => keyOf(name, baseUrl));
  await using over = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    env: { OPENAI_API_KEY: "" },
    yaml: relayYaml(undefined, `upstream_keys: [${list.join(", ")}]`),
  });
  const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
  const ask = async (content: string) => {
    const body = JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content }] });
    const answer = await over.fetch("/v1/chat/completions", { method: "POST", headers, body });
    const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
    return [answer.status, choices[0]?.message.content === content];
  };
  const answers = await Promise.all(Array.from({ length: CALLERS }, (_, index) => ask(`caller ${index}`)));
  expect(answers).toEqual(Array(CALLERS).fill([200, true]));
  expect((keys.late?.asked.length ?? 0) + (keys.good?.asked.length ?? 0)).toBe(CALLERS);
  for (const key of Object.values(keys)) {
    const secrets = new Set(key.asked.map((each) => each.headers.authorization));
    expect(secrets.size).toBe(1);
    await key[Symbol.asyncDispose]();
  }
});

it("an upload that fails is not sent twice, and one that was kept is", async () => {
  const [bad, good] = [await fakeOpenAi(refusing(500)), await fakeOpenAi((answer) => void answer.end("{}"))];
  const keys = [keyOf("bad", bad.baseUrl, ", priority: 1"), keyOf("good", good.baseUrl)];
  await using over = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    env: { OPENAI_API_KEY: "" },
    yaml: relayYaml(
      "{ all: { allow: [everyone], paths: [/v1/files] } }",
      `upstream_keys: [${keys.join(", ")}]`,
    ),
  });
  const upload = async (size: number) => {
    const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/octet-stream" };
    return (await over.fetch("/v1/files", { method: "POST", headers, body: Buffer.alloc(size) })).status;
  };
  expect([await upload(1000), await upload(2_000_000)]).toEqual([200, 502]);
  expect([bad.asked.length, good.asked.length]).toEqual([2, 1]);
  expect(good.asked[0]?.body.length).toBe(1000);
  await bad[Symbol.asyncDispose]();
  await good[Symbol.asyncDispose]();
});
