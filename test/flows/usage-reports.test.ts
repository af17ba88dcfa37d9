// POST /usage/reports: what pages tell of their voice sessions.
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { ALICE } from "../support/relay-client.ts";

const openai = "http://127.0.0.1:9/v1";
const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE}, team: care }] }
profiles:
  default: { tools: [current_time], session: { type: realtime, model: gpt-realtime-2.1 } }
  any: { session: { type: realtime, model: gpt-realtime-2.1 }, overrides: [model] }
  staff: { session: { type: realtime, model: gpt-realtime-2.1 }, allow: [role:staff] }`;
const json = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
const usage = {
  ...{ total_tokens: 5, input_tokens: 3, output_tokens: 2 },
  input_token_details: { text_tokens: 1, audio_tokens: 2, cached_tokens: 1 },
};
const told = { session: "sess_C9", model: "gpt-realtime-2.1", usage: [usage] };

const send = (broker: TestBroker, body: unknown, headers: Record<string, string> = json) =>
  broker.fetch("/usage/reports", { method: "POST", headers, body: JSON.stringify(body) });

it("is taken, and told apart from what the service has measured", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  const answer = await send(broker, { ...told, usage: [usage, usage] }, { ...json, "x-broker-tags": "web" });
  expect([answer.status, await answer.text()]).toEqual([204, ""]);
  const line = broker.logs.at(-1);
  expect(line).toMatchObject({
    ...{ status: 204, caller: "token:alice", team: "care", profile: "default", session: "sess_C9" },
    ...{ model: "gpt-realtime-2.1", tags: ["web"], reported_tokens: { input: 6, output: 4, cached: 2 } },
  });
  expect(line?.tokens).toBeUndefined();
});

it("is for known callers only", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  expect((await send(broker, told, { "content-type": "application/json" })).status).toBe(401);
});

it.each([
  ["gpt-realtime-2.1-2026-10-02", 204, "gpt-realtime-2.1"],
  [null, 204, "gpt-realtime-2.1"],
  ["gpt-realtime-mini", 422, undefined],
  ["invented", 422, undefined],
])("of the model %s answers %i: a page invents no model for the books", async (model, status, kept) => {
  await using broker = await createTestBroker({ openai, yaml });
  expect((await send(broker, { ...told, model })).status).toBe(status);
  expect(broker.logs.at(-1)?.model).toBe(kept);
});

it("of a model that the profile lets the caller choose is taken", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  expect((await send(broker, { ...told, profile: "any", model: "gpt-realtime-mini" })).status).toBe(204);
  expect(broker.logs.at(-1)?.model).toBe("gpt-realtime-mini");
});

it("of a model that no one knows is no model of the books, where the profile lets the caller choose any", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  expect((await send(broker, { ...told, profile: "any", model: "invented-1" })).status).toBe(204);
  expect(broker.logs.at(-1)).toMatchObject({ profile: "any", model: undefined });
});

it("of a profile that the caller may not use, or that there is not, is refused", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  expect((await send(broker, { ...told, profile: "staff" })).status).toBe(403);
  expect((await send(broker, { ...told, profile: "nobodys" })).status).toBe(422);
});

it.each<[string, object]>([
  ["a negative count", { usage: [{ output_tokens: -1 }] }],
  ["nothing used", { usage: [] }],
  ["more responses than a report may have", { usage: Array(101).fill(usage) }],
  ["a session that is no id", { session: "a b" }],
  ["a transcript", { transcript: "hello" }],
])("with %s is refused, and the field is named", async (_, more) => {
  await using broker = await createTestBroker({ openai, yaml });
  const answer = await send(broker, { ...told, ...more });
  expect(answer.status).toBe(422);
  const [name] = Object.keys(more);
  expect((await answer.json()).errors[0].pointer).toMatch(new RegExp(`^/${name}`));
});

it("may have as many bytes as a hundred responses need, and no more", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  expect((await send(broker, { ...told, usage: Array(100).fill(usage) })).status).toBe(204);
  const large = { ...told, usage: [{ ...usage, x: "x".repeat(200_000) }] };
  expect((await send(broker, large)).status).toBe(413);
});

it("has a limit of its own, which takes nothing from tools and keys", async () => {
  await using emulator = await emulateOpenAi();
  const limited = `${yaml}\nlimits: { usage_reports: { caller: 1 per minute }, tool_calls: { caller: 1 per minute } }`;
  await using broker = await createTestBroker({ openai: emulator.baseUrl, yaml: limited });
  expect((await send(broker, told)).status).toBe(204);
  const refused = await send(broker, told);
  expect([refused.status, (await refused.json())["violated-policies"]]).toEqual([
    429,
    ["usage-reports-caller-minute"],
  ]);
  expect((await broker.fetch("/current_time?time_zone=UTC", { headers: json })).status).toBe(200);
  expect((await broker.fetch("/ephemeral-key", { headers: json })).status).toBe(200);
});

it("is asked for with the key, unless the service keeps no books", async () => {
  await using emulator = await emulateOpenAi();
  const keyOf = async (env: Record<string, string>) => {
    await using broker = await createTestBroker({ openai: emulator.baseUrl, yaml, env });
    const key = await (await broker.fetch("/ephemeral-key", { headers: json })).json();
    return [key.usage_reports, (await send(broker, told)).status];
  };
  expect(await keyOf({ USAGE: "true" })).toEqual([true, 204]);
  expect(await keyOf({ USAGE: "false" })).toEqual([undefined, 404]);
});
