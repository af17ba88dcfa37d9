// One answer on its way back: what the caller gets of it, and what is known when it has ended.
import { describe, expect, it } from "vitest";
import { ResponseWatch } from "../../../server/relay/response-watch.ts";
import { testFlow, testRecipient } from "../../support/recipient.ts";

const stream = { "content-type": "text/event-stream", "content-length": "99", "x-request-id": "req_1" };
const usage = 'data: {"model":"m","choices":[],"usage":{"prompt_tokens":3}}\n\n';

const setUp = (takesUsageOut = false) => {
  const recipient = testRecipient();
  const body = {
    releases: 0,
    release: () => {
      body.releases += 1;
    },
  };
  const watch = new ResponseWatch(recipient, body, takesUsageOut);
  const send = (...texts: string[]) => {
    for (const text of texts) watch.onData(Buffer.from(text));
  };
  return { watch, recipient, body, send };
};

describe("the caller gets", () => {
  it("the answer as it came", () => {
    const { watch, recipient, body, send } = setUp();
    watch.onHead(200, stream, testFlow());
    expect(body.releases).toBe(1);
    send("data: 1", "\n\n", usage);
    watch.onEnd();
    expect(recipient).toMatchObject({ status: 200, headers: stream, ending: "whole" });
    expect(recipient.text).toBe(`data: 1\n\n${usage}`);
  });

  it("a stream without the usage that the service asked for, and without its former length", () => {
    const { watch, recipient, send } = setUp(true);
    watch.onHead(200, stream, testFlow());
    send("data: 1\n\n", usage.slice(0, 9), usage.slice(9), "data: [DONE]\n\n", ": half");
    watch.onEnd();
    expect(recipient.text).toBe("data: 1\n\ndata: [DONE]\n\n: half");
    expect(recipient.headers).not.toHaveProperty("content-length");
  });

  it.each<[string, number, Record<string, string>]>([
    ["a part of a stream", 206, stream],
    ["a refusal", 400, { ...stream, "content-type": "application/json" }],
    ["a whole answer", 200, { ...stream, "content-type": "application/json" }],
    ["a compressed stream", 200, { ...stream, "content-encoding": "gzip" }],
  ])("%s as it came, even if usage was asked for", (_, status, headers) => {
    const { watch, recipient, send } = setUp(true);
    watch.onHead(status, headers, testFlow());
    send(usage);
    watch.onEnd();
    expect([recipient.headers, recipient.text]).toEqual([headers, usage]);
  });
});

describe("it is known", () => {
  it("what the answer told, when it has ended", async () => {
    const { watch, send } = setUp();
    const ended = watch.ended();
    watch.onHead(200, stream, testFlow());
    send(usage);
    watch.onEnd();
    await ended;
    await watch.ended();
    expect(watch.facts()).toEqual({
      status: 200,
      openAiRequestId: "req_1",
      broken: undefined,
      usage: { prompt_tokens: 3 },
      answeredModel: "m",
      serviceTier: undefined,
    });
  });

  it("why it broke off, and what it had told before", async () => {
    const { watch, recipient, send } = setUp(true);
    watch.onHead(200, stream, testFlow());
    send(usage, "data: half");
    const reason = new Error("reset");
    watch.onBreak(reason);
    await watch.ended();
    expect(watch.facts()).toMatchObject({ broken: reason, usage: { prompt_tokens: 3 } });
    expect([recipient.ending, recipient.text]).toEqual(["reset", ""]);
  });
});
