// The model's function calls: run together, answered one by one, followed by one request to go on.
import { describe, expect, it } from "vitest";
import { BrokerError } from "../../client/broker-error.ts";
import type { RealtimeEvent } from "../../client/voice/realtime-event.ts";
import type { HandleTool, ToolCallReport } from "../../client/voice/reports.ts";
import { takeTurns } from "../../client/voice/tool-calls.ts";

interface Sent {
  type: string;
  item?: { call_id: string; output: string };
}

const call = (id: string, name = id) => ({
  type: "function_call",
  call_id: id,
  name,
  arguments: "{}",
  status: "completed",
});
const done = (output: object[], status = "completed"): RealtimeEvent => ({
  type: "response.done",
  response: { status, output },
});

const start = (handle: HandleTool) => {
  const sent: Sent[] = [];
  const reports: ToolCallReport[] = [];
  const over = new AbortController();
  const { promise: quiet, resolve } = Promise.withResolvers<void>();
  const { onEvent, respond, interrupt } = takeTurns({
    handle,
    isServers: (name) => name === "server_tool",
    report: (report) => reports.push(report),
    send: (event) => {
      // As a data channel does.
      if (JSON.stringify(event).length > 262_144) throw new TypeError("the message is too large");
      sent.push(event as Sent);
      if (sent.at(-1)?.type === "response.create") resolve();
    },
    signal: over.signal,
  });
  return { onEvent, respond, interrupt, sent, reports, over, quiet };
};

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("tool calls", () => {
  it("runs all calls of a response, also behind a spoken preamble, then asks once to go on", async () => {
    let atOnce = 0;
    const both = Promise.withResolvers<void>();
    const { onEvent, sent, reports, quiet } = start(async ({ name }) => {
      if (++atOnce === 2) both.resolve();
      await both.promise;
      return { said: name };
    });
    expect(onEvent(done([{ type: "message" }, call("one"), call("two")]))).toBe(true);
    await quiet;
    expect(sent.map((event) => event.item?.call_id ?? event.type)).toEqual(["one", "two", "response.create"]);
    expect(sent[0]?.item).toEqual({ type: "function_call_output", call_id: "one", output: '{"said":"one"}' });
    expect(reports.map(({ id, status }) => `${id} ${status}`)).toEqual([
      "one running",
      "two running",
      "one answered",
      "two answered",
    ]);
    expect(reports.at(-1)?.milliseconds).toBeTypeOf("number");
  });

  it("leaves alone what the broker itself runs, and asks for nothing then", async () => {
    const { onEvent, sent, quiet } = start(async () => "mine");
    expect(onEvent(done([call("server_tool")]))).toBe(true);
    await settle();
    expect(sent).toEqual([]);
    onEvent(done([call("server_tool"), call("one")]));
    await quiet;
    expect(sent.map((event) => event.item?.call_id ?? event.type)).toEqual(["one", "response.create"]);
  });

  it("tells the model what went wrong, argument by argument", async () => {
    const { onEvent, sent, reports, quiet } = start(async () => {
      throw new BrokerError({
        status: 422,
        code: "arguments-invalid",
        title: "Not valid",
        detail: "see errors",
        errors: [{ pointer: "/city", detail: "must be a string" }],
      });
    });
    onEvent(done([call("one")]));
    await quiet;
    const { error } = JSON.parse(sent[0]?.item?.output ?? "");
    expect(error).toContain("Not valid: see errors");
    expect(error).toContain("/city: must be a string");
    expect(reports.at(-1)).toMatchObject({ status: "failed", answer: { error } });
  });

  it.each([
    ["a string", "plain words", "plain words"],
    ["nothing", undefined, "null"],
    ["null", null, "null"],
  ])("answers when a tool gives %s", async (_, answer, output) => {
    const { onEvent, sent, quiet } = start(async () => answer);
    onEvent(done([call("one")]));
    await quiet;
    expect(sent[0]?.item?.output).toBe(output);
  });

  it("answers with an error when a tool gives what JSON cannot hold", async () => {
    const { onEvent, sent, quiet } = start(async () => ({ n: 1n }));
    onEvent(done([call("one")]));
    await quiet;
    expect(JSON.parse(sent[0]?.item?.output ?? "")).toEqual({ error: expect.stringContaining("BigInt") });
  });

  it("tells the model that an answer is larger than the channel takes, and goes on", async () => {
    const { onEvent, sent, reports, quiet } = start(async () => "x".repeat(300_000));
    onEvent(done([call("large")]));
    await quiet;
    expect(sent[0]?.item?.output).toBe('{"error":"the message is too large"}');
    expect(reports.map(({ status }) => status)).toEqual(["running", "failed"]);
  });

  it("does not run the calls of a response that was cancelled, or a call that was cut short", async () => {
    const { onEvent, sent, reports } = start(async () => "never");
    expect(onEvent(done([call("one")], "cancelled"))).toBe(true);
    onEvent(done([{ ...call("two"), status: "incomplete" }], "incomplete"));
    await settle();
    expect([sent, reports]).toEqual([[], []]);
  });

  it("waits with going on while another answer is being spoken", async () => {
    const tool = Promise.withResolvers<string>();
    const { onEvent, sent } = start(() => tool.promise);
    onEvent(done([call("one")]));
    onEvent({ type: "response.created" });
    tool.resolve("late");
    await settle();
    expect(sent.map((event) => event.type)).toEqual(["conversation.item.create"]);
    onEvent(done([{ type: "message" }]));
    expect(sent.map((event) => event.type)).toEqual(["conversation.item.create", "response.create"]);
  });

  it("lets the tool know that the session is over, and sends nothing after it", async () => {
    const { onEvent, sent, reports, over } = start(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    onEvent(done([call("one")]));
    over.abort();
    await settle();
    expect(sent).toEqual([]);
    expect(reports.at(-1)).toMatchObject({ status: "failed" });
  });

  it("asks for a response at once, or when the active one has ended", () => {
    const { onEvent, respond, sent } = start(async () => "never");
    respond();
    onEvent({ type: "response.created" });
    respond();
    expect(sent).toHaveLength(1);
    onEvent(done([{ type: "message" }]));
    expect(sent.map((event) => event.type)).toEqual(["response.create", "response.create"]);
  });

  it("silences the assistant; a response is cancelled only while there is one", () => {
    const { onEvent, interrupt, sent } = start(async () => "never");
    interrupt();
    onEvent({ type: "response.created" });
    interrupt();
    const types = ["output_audio_buffer.clear", "response.cancel", "output_audio_buffer.clear"];
    expect(sent.map((event) => event.type)).toEqual(types);
  });
});
