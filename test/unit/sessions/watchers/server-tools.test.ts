// Calls of tools that the service runs, beside those of the page.
import { expect, it } from "vitest";
import type { Fact, ToolCall } from "../../../../server/sessions/dialects/fact.ts";
import { serverTools } from "../../../../server/sessions/watchers/server-tools.ts";
import { createTestTime } from "../../../support/time.ts";
import { supervisedSession, watchSession } from "../../../support/watched-session.ts";

const call = (name: string, callId = `call_${name}`): ToolCall => ({ callId, name, arguments: "{}" });
const asked = (...calls: ToolCall[]): Fact => ({ kind: "response-ended", responseId: "resp_1", calls });
const answered = (callId: string, itemId = `item_${callId}`): Fact => ({
  kind: "tool-answered",
  callId,
  itemId,
});
const began: Fact = { kind: "response-began", responseId: "resp_2", response: {} };

const start = (
  runTool: (call: ToolCall, signal: AbortSignal) => Promise<string> = async ({ name }) => `${name} says`,
  supervision: "enforce" | "watch" = "enforce",
) => {
  const time = createTestTime();
  const session = supervisedSession({ supervision, voice: { serverTools: ["stock", "price"] } });
  const ports = { runTool: (_: unknown, asking: ToolCall, signal: AbortSignal) => runTool(asking, signal) };
  return { time, ...watchSession(serverTools({ ...ports, timers: time.timers }), session) };
};

it("all calls of a response are answered together, and the model goes on once", async () => {
  const { see, sent, goneOn, told, time } = start();
  see(asked(call("stock"), call("price")));
  await time.pass(0);
  expect(sent).toEqual([
    {
      answers: [
        ["call_stock", "stock says"],
        ["call_price", "price says"],
      ],
    },
  ]);
  expect(goneOn()).toBe(1);
  expect(told).toContainEqual({ kind: "tool", name: "stock", state: "answered" });
});

it("a tool that fails is answered with an error, and the others with what they say", async () => {
  const { see, sent, goneOn, time } = start(async ({ name }) => {
    if (name === "stock") throw new Error("a secret cause");
    return "3 EUR";
  });
  see(asked(call("stock"), call("price")));
  await time.pass(0);
  const text = JSON.stringify(sent);
  expect(text).toContain("The tool failed");
  expect(text).toContain("3 EUR");
  expect(text).not.toContain("secret");
  expect(goneOn()).toBe(1);
});

it("no call is answered twice, also when its response is told again", async () => {
  const { see, sent, time } = start();
  see(asked(call("stock")), asked(call("stock")));
  await time.pass(0);
  expect(sent).toHaveLength(1);
});

it("the page's calls are the page's, and the page lets the model go on", async () => {
  const { see, sent, goneOn, time } = start();
  see(asked(call("stock"), call("open_map")));
  await time.pass(0);
  expect(sent).toEqual([{ answers: [["call_stock", "stock says"]] }]);
  see(answered("call_open_map"), began);
  await time.pass(60_000);
  expect(goneOn()).toBe(0);
});

it("a page that answers and does not let the model go on has it done for it", async () => {
  const { see, goneOn, time } = start();
  see(asked(call("stock"), call("open_map")));
  await time.pass(0);
  see(answered("call_open_map"));
  await time.pass(2000);
  expect(goneOn()).toBe(1);
});

it("a page that answers before the response is over holds nothing up", async () => {
  const { see, goneOn, time } = start();
  see(answered("call_open_map"), asked(call("stock"), call("open_map")));
  await time.pass(0);
  expect(goneOn()).toBe(1);
});

it("a page that never answers holds the model up for 20 seconds", async () => {
  const { see, goneOn, time } = start();
  see(asked(call("stock"), call("open_map")));
  await time.pass(19_999);
  expect(goneOn()).toBe(0);
  await time.pass(1);
  expect(goneOn()).toBe(1);
});

it("the model is told when a tool takes long, so that it fills the silence", async () => {
  const slow = Promise.withResolvers<string>();
  const { see, sent, goneOn, time } = start(() => slow.promise);
  see(asked(call("stock")));
  await time.pass(4000);
  expect(sent).toEqual([{ tell: expect.stringContaining("stock takes a moment longer") }]);
  expect(goneOn()).toBe(1);
  slow.resolve("12 pieces");
  await time.pass(0);
  expect(sent[1]).toEqual({ answers: [["call_stock", "12 pieces"]] });
  expect(goneOn()).toBe(2);
});

it("GPT-Live is told of a slow tool, and not let go on before its answer, which it would refuse", async () => {
  const time = createTestTime();
  const ports = { runTool: () => new Promise<string>(() => {}), timers: time.timers };
  const session = supervisedSession({ interface: "live", voice: { serverTools: ["stock"] } });
  const { see, sent, goneOn } = watchSession(serverTools(ports), session);
  see(asked(call("stock")));
  await time.pass(4000);
  expect([sent.length, goneOn()]).toEqual([1, 0]);
});

it("tools end with their session, and answer nothing then", async () => {
  let aborted = false;
  const { see, sent, watcher, time } = start(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(signal.reason);
        });
      }),
  );
  see(asked(call("stock")));
  watcher.close?.(true);
  await time.pass(30_000);
  expect([aborted, sent]).toEqual([true, []]);
});

it("an answer that comes while the connection is lost is sent when it is back", async () => {
  const { see, sent, connection, watcher, goneOn, time } = start();
  connection.isOpen = false;
  see(asked(call("stock")));
  await time.pass(0);
  expect(sent).toEqual([]);
  connection.isOpen = true;
  const before = goneOn();
  watcher.onJoined?.();
  expect(sent).toEqual([{ answers: [["call_stock", "stock says"]] }]);
  expect(goneOn()).toBe(before + 1);
  watcher.onJoined?.();
  expect(sent).toHaveLength(1);
});

it("a session that was taken over hears once that what it asked before may not be answered", () => {
  const session = supervisedSession({ term: 2, voice: { serverTools: ["stock"] } });
  const { timers } = createTestTime();
  const { watcher, sent } = watchSession(serverTools({ runTool: async () => "", timers }), session);
  watcher.onJoined?.();
  watcher.onJoined?.();
  expect(sent).toEqual([{ tell: expect.stringContaining("will not answer any more") }]);
});
