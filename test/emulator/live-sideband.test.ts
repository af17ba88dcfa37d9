// GPT-Live's sideband, as the openai package opens it: conversation, tools, commands and the end.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { attach, control, countOf, startSession } from "./live-client.ts";
import type { Event } from "./socket-client.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

const weather = {
  type: "function",
  name: "get_weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const responses = { model: "gpt-5.6-luna", instructions: "Look it up. ".repeat(30), tools: [weather] };
const delegation = { type: "responses", responses };

const turns = (...given: object[]): Promise<Response> =>
  fetch(new URL("/emulator/script", emulator.baseUrl), {
    method: "PUT",
    body: JSON.stringify({ turns: given }),
  });

const said = (events: { type: string; delta?: unknown }[], who: "input" | "output"): string =>
  events.flatMap(({ type, delta }) => (type === `session.${who}_transcript.delta` ? delta : [])).join("");

describe("a conversation that a server watches", () => {
  test("begins after the server has joined, without an event for the joining itself", async () => {
    const id = await startSession(emulator);
    const sideband = await attach(emulator, id);
    const started = await sideband.next("session.started");
    expect(started.session).toMatchObject({ id, status: "active", model: "gpt-live-1", store: false });
    const late = await attach(emulator, id);
    await control(emulator, "POST", `/sessions/${id}/speech`, { transcript: "Hello there" });
    await late.next("session.output_transcript.delta");
    expect(late.events[0]?.type).toBe("session.input_transcript.delta");
    expect(said(late.events, "input")).toBe("Hello there");
    expect([...sideband.faults(), ...late.faults()]).toEqual([]);
  });

  test("goes from the user's words to a tool, and its answer is spoken", async () => {
    const id = await startSession(emulator, { delegation });
    const sideband = await attach(emulator, id);
    await sideband.next("session.started");
    await control(emulator, "POST", `/sessions/${id}/speech`, { transcript: "How is Paris?" });
    const delegated = await sideband.next("session.delegation.created");
    expect(delegated.delegation).toMatchObject({ target: "responses" });
    const call = await nested(sideband, "response.output_item.done");
    expect(call.item).toMatchObject({ name: "get_weather", arguments: '{"city":"Paris"}' });
    const first = await nested(sideband, "response.completed");
    expect(first.response).toMatchObject({ output: [], tools: [], instructions: null });
    const { call_id } = call.item as { call_id: string };
    const item = { type: "function_call_output" as const, call_id, output: "18 degrees" };
    sideband.send({ type: "response.item.create", item });
    sideband.send({ type: "response.create", event_id: "mine_1" });
    await nested(sideband, "response.completed");
    await expect.poll(() => said(sideband.events, "output")).toContain("The tool has answered: 18 degrees");
    const { responses: counted, backend_tokens } = await countOf(emulator, id);
    expect(counted.map(({ status }) => status)).toEqual(["completed", "completed"]);
    const told = sideband.events.flatMap(usageIn);
    expect(counted.map(({ usage }) => usage)).toEqual(told);
    expect(backend_tokens.cached_tokens).toBeGreaterThan(0);
    expect(backend_tokens.input_tokens).toBe(told.reduce((sum, usage) => sum + (usage.input_tokens ?? 0), 0));
    expect(sideband.faults()).toEqual([]);
  });

  test("goes on only when every call of a response has its output", async () => {
    const calls = [{ name: "get_weather" }, { name: "get_time" }];
    await turns({ calls, preamble: "Let me check.", says: "It is {answer}." });
    const id = await startSession(emulator, { delegation });
    const sideband = await attach(emulator, id);
    await control(emulator, "POST", `/sessions/${id}/speech`);
    const one = await nested(sideband, "response.output_item.done");
    const two = await nested(sideband, "response.output_item.done");
    await nested(sideband, "response.completed");
    answer(sideband, one.item, "sunny");
    sideband.send({ type: "response.create", event_id: "mine_1" });
    const { error } = await sideband.next("error");
    expect(error).toMatchObject({ code: "missing_tool_output", client_event_id: "mine_1" });
    answer(sideband, one.item, "sunny again");
    expect((await sideband.next("error")).error).toMatchObject({ param: "item.call_id" });
    answer(sideband, two.item, "noon");
    sideband.send({ type: "response.create" });
    await expect.poll(() => said(sideband.events, "output")).toBe("Let me check.It is sunny; noon.");
    expect(sideband.faults()).toEqual([]);
  });

  test("tells a failed response, and counts no tokens for it", async () => {
    await turns({ fails: "insufficient_quota" });
    const id = await startSession(emulator, { delegation });
    const sideband = await attach(emulator, id);
    await control(emulator, "POST", `/sessions/${id}/speech`);
    const failed = await nested(sideband, "response.failed");
    expect(failed.response).toMatchObject({ status: "failed", error: { code: "insufficient_quota" } });
    expect((await countOf(emulator, id)).responses).toMatchObject([{ status: "failed", usage: null }]);
  });

  test("delegates to the client itself where no model is behind the voice", async () => {
    await turns({ hears: "Book a table.", calls: [{ name: "book" }] });
    const id = await startSession(emulator);
    const sideband = await attach(emulator, id);
    await control(emulator, "POST", `/sessions/${id}/speech`);
    const created = await sideband.next("session.delegation.created");
    const { id: delegation_id } = created.delegation as { id: string };
    sideband.send({ type: "session.commentary.append", content: "It is booked.", delegation_id });
    await sideband.next("session.commentary.appended");
    await expect.poll(() => said(sideband.events, "output")).toBe("It is booked.");
    sideband.send({ type: "response.create" });
    expect((await sideband.next("error")).error).toMatchObject({ type: "invalid_request_error" });
    expect(said(sideband.events, "input")).toBe("Book a table.");
    expect(sideband.faults()).toEqual([]);
  });
});

const usageIn = ({ event }: Event): Record<string, number>[] => {
  const { response } = (event ?? {}) as { response?: { usage?: Record<string, number> | null } };
  return response?.usage ? [response.usage] : [];
};

type Joined = Awaited<ReturnType<typeof attach>>;

/** The next event of the model behind the voice that is of this type. */
const nested = async (sideband: Joined, type: string): Promise<Record<string, unknown>> => {
  for (;;) {
    const { event } = await sideband.next("response.event");
    const inner = event as Record<string, unknown>;
    if (inner.type === type) return inner;
  }
};

const answer = (sideband: Joined, item: unknown, output: string): void => {
  const { call_id } = item as { call_id: string };
  sideband.send({ type: "response.item.create", item: { type: "function_call_output", call_id, output } });
};
