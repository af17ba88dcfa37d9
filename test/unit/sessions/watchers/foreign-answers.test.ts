// What becomes of a page that answers calls of tools that the service runs.
import { expect, it } from "vitest";
import type { Fact, ToolCall } from "../../../../server/sessions/dialects/fact.ts";
import { serverTools } from "../../../../server/sessions/watchers/server-tools.ts";
import { createTestTime } from "../../../support/time.ts";
import { supervisedSession, watchSession } from "../../../support/watched-session.ts";

const call = (name: string): ToolCall => ({ callId: `call_${name}`, name, arguments: "{}" });
const asked = (...names: string[]): Fact => ({
  kind: "response-ended",
  responseId: "resp_1",
  calls: names.map(call),
});
const answered = (callId: string, itemId: string): Fact => ({ kind: "tool-answered", callId, itemId });
const removed = (itemId: string): Fact => ({ kind: "removed", itemId });
const began: Fact = { kind: "response-began", responseId: "resp_2", response: {} };

const start = (supervision: "enforce" | "watch" = "enforce") => {
  const tool = Promise.withResolvers<string>();
  const time = createTestTime();
  const session = supervisedSession({ supervision, voice: { serverTools: ["stock", "price"] } });
  const create = serverTools({ runTool: () => tool.promise, timers: time.timers });
  const answer = async (): Promise<void> => {
    tool.resolve("12 pieces");
    await time.pass(0);
  };
  return { answer, time, ...watchSession(create, session) };
};

it.each(["enforce", "watch"] as const)(
  "under %s a page's answer is taken out, and the service's is given",
  async (kind) => {
    const { see, sent, ended, answer, goneOn } = start(kind);
    see(asked("stock"), answered("call_stock", "item_1"));
    await answer();
    expect(sent).toEqual([{ remove: "item_1" }, { answers: [["call_stock", "12 pieces"]] }]);
    see(removed("item_1"), answered("call_stock", "own_2"), began);
    expect([sent.length, goneOn(), ended]).toEqual([2, 1, []]);
  },
);

it("so is one that comes before the response is over, or after the service's", async () => {
  const { see, sent, answer } = start();
  see(answered("call_stock", "item_1"), asked("stock", "price"));
  expect(sent).toEqual([{ remove: "item_1" }]);
  await answer();
  see(answered("call_price", "item_2"));
  expect(sent.at(-1)).toEqual({ remove: "item_2" });
});

it("what the model begins to say under one is stopped, and it says it anew when it knows better", async () => {
  const { see, sent, answer, goneOn } = start();
  see(asked("stock"), answered("call_stock", "item_1"), began);
  expect(sent.at(-1)).toEqual({ cancel: "resp_2" });
  expect(goneOn()).toBe(0);
  await answer();
  expect(goneOn()).toBe(1);
});

it("a response that the service asked for before is asked for again", async () => {
  const { see, sent, answer, goneOn } = start();
  see(asked("stock"));
  await answer();
  see(answered("call_stock", "item_1"), began);
  expect(sent.at(-1)).toEqual({ cancel: "resp_2" });
  expect(goneOn()).toBe(2);
});

it("a page that answers the same call again ends its session, but not under watch", () => {
  const intrude = (kind: "enforce" | "watch") => {
    const { see, ended } = start(kind);
    see(asked("stock", "price"), answered("call_stock", "item_1"), answered("call_price", "item_2"));
    expect(ended).toEqual([]);
    see(removed("item_1"), answered("call_stock", "item_3"));
    return ended;
  };
  expect([intrude("enforce"), intrude("watch")]).toEqual([["altered"], []]);
});
