// The response cache: who is answered from memory, who joins, and what each one's waiting means for the others.
import { describe, expect, it } from "vitest";
import { createBufferMemory } from "../../../../server/relay/cache/buffer-memory.ts";
import type { CachedResponse } from "../../../../server/relay/cache/response-cache.ts";
import type { ShareableRequest } from "../../../../server/relay/cache/shared-request.ts";
import { createSharedRequests } from "../../../../server/relay/cache/shared-requests.ts";
import type { Recipient } from "../../../../server/upstream/relay.ts";
import { testFlow, testRecipient } from "../../../support/recipient.ts";

interface Sent {
  recipient: Recipient;
  signal: AbortSignal;
  /** The answer begins, with this status. */
  begin(status?: number, headers?: Record<string, string>): void;
  fail(reason: Error): void;
}

const setUp = () => {
  const kept = new Map<string, CachedResponse>();
  const timers: { ms: number; run: () => void; isStopped: boolean }[] = [];
  const sent: Sent[] = [];
  const share = createSharedRequests({
    responses: {
      maxBytes: 100,
      find: async (key) => kept.get(key),
      store: async (key, response) => void kept.set(key, response),
    },
    memory: createBufferMemory(1000),
    startTimer: (ms, run) => {
      const timer = { ms, run, isStopped: false };
      timers.push(timer);
      return () => {
        timer.isStopped = true;
      };
    },
  });
  const send: ShareableRequest["send"] = (recipient, signal) =>
    new Promise((resolve, fail) => {
      const begin: Sent["begin"] = (status = 200, headers = {}) => {
        recipient.onHead(status, headers, testFlow());
        resolve("the-key");
      };
      signal.addEventListener("abort", () => fail(signal.reason));
      sent.push({ recipient, signal, begin, fail });
    });
  const ask = (more: Partial<ShareableRequest> = {}) => {
    const leaving = new AbortController();
    const recipient = testRecipient();
    const same = { key: "k", ttlSeconds: 60, mayReuse: true, identity: "alice" };
    const request = { ...same, waitMs: undefined, send, recipient };
    const outcome = share({ ...request, signal: leaving.signal, ...more }).catch((error: unknown) => error);
    return { outcome, recipient, leave: () => leaving.abort(new Error("the caller left")) };
  };
  const whole = ({ begin, recipient }: Sent, text: string) => {
    begin();
    recipient.onData(Buffer.from(text));
    recipient.onEnd();
  };
  return { ask, sent, kept, timers, whole };
};

/** What was handed on has arrived. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("those who ask the same", () => {
  it("have one answer, and the next has it from memory", async () => {
    const { ask, sent, whole } = setUp();
    const [first, second] = [ask(), ask()];
    await settled();
    expect(sent.length).toBe(1);
    if (sent[0]) whole(sent[0], "hello");
    expect(await first.outcome).toEqual({ outcome: "miss", upstreamKey: "the-key" });
    expect(await second.outcome).toEqual({ outcome: "joined", upstreamKey: "the-key" });
    const third = ask();
    expect(await third.outcome).toEqual({ outcome: "hit", upstreamKey: undefined });
    for (const { recipient } of [first, second, third]) {
      expect([recipient.text, recipient.ending]).toEqual(["hello", "whole"]);
    }
    expect(third.recipient.headers).toMatchObject({ "x-broker-cache": "hit" });
  });

  it("are given a kept answer itself, not a copy each: who takes it slowly takes up no memory", async () => {
    const { ask, kept } = setUp();
    const body = Buffer.from("hello");
    kept.set("k", { status: 200, headers: {}, body });
    const given: Uint8Array[] = [];
    const recipient = { ...testRecipient(), onData: (chunk: Uint8Array) => void given.push(chunk) };
    await ask({ recipient }).outcome;
    await ask({ recipient }).outcome;
    expect(given.map((chunk) => chunk === body)).toEqual([true, true]);
  });

  it("go on waiting when the first one leaves, or waits no longer", async () => {
    const { ask, sent, timers, whole } = setUp();
    const leaving = ask();
    const impatient = ask({ waitMs: 5 });
    const patient = ask({ waitMs: 5000 });
    await settled();
    leaving.leave();
    expect(timers.map(({ ms }) => ms)).toEqual([5, 5000]);
    timers[0]?.run();
    expect(await leaving.outcome).toMatchObject({ message: "the caller left" });
    expect(await impatient.outcome).toMatchObject({ code: "upstream-timeout" });
    expect(sent[0]?.signal.aborted).toBe(false);
    if (sent[0]) whole(sent[0], "hello");
    expect(await patient.outcome).toMatchObject({ outcome: "joined" });
    expect(patient.recipient.text).toBe("hello");
    expect([leaving.recipient.status, impatient.recipient.status]).toEqual([undefined, undefined]);
    expect(timers.every(({ isStopped }) => isStopped)).toBe(true);
  });

  it("wait no more once it has begun: then it may take its time", async () => {
    const { ask, sent, timers } = setUp();
    const asked = ask({ waitMs: 5 });
    await settled();
    sent[0]?.begin();
    expect(timers[0]?.isStopped).toBe(true);
    expect(await asked.outcome).toMatchObject({ outcome: "miss" });
  });

  it("are all that upstream waits for", async () => {
    const { ask, sent } = setUp();
    const both = [ask(), ask()];
    await settled();
    both[0]?.leave();
    await settled();
    expect(sent[0]?.signal.aborted).toBe(false);
    both[1]?.leave();
    await settled();
    expect(sent[0]?.signal.aborted).toBe(true);
    ask();
    await settled();
    expect(sent.length).toBe(2);
  });

  it("share its failure, and the next asks again", async () => {
    const { ask, sent, kept } = setUp();
    const both = [ask(), ask()];
    await settled();
    sent[0]?.fail(new Error("OpenAI fails"));
    for (const { outcome } of both) expect(await outcome).toMatchObject({ message: "OpenAI fails" });
    ask();
    await settled();
    expect([sent.length, kept.size]).toEqual([2, 0]);
  });

  it("share a refusal of OpenAI's, which is not kept", async () => {
    for (const status of [400, 404, 429, 500, 503]) {
      const { ask, sent, kept } = setUp();
      const both = [ask(), ask()];
      await settled();
      sent[0]?.begin(status);
      sent[0]?.recipient.onEnd();
      await Promise.all(both.map(({ outcome }) => outcome));
      expect(both.map(({ recipient }) => recipient.status)).toEqual([status, status]);
      expect(kept.size).toBe(0);
    }
  });

  it("and are refused, ask for themselves if another was: it may have been for the other's sake", async () => {
    const { ask, sent, kept, timers } = setUp();
    const [blocked, again, fine] = [ask(), ask(), ask({ identity: "bob", waitMs: 5000 })];
    await settled();
    sent[0]?.begin(403);
    sent[0]?.recipient.onData(Buffer.from("blocked"));
    sent[0]?.recipient.onEnd();
    await settled();
    expect([blocked.recipient.status, again.recipient.status, fine.recipient.status]).toEqual([
      403,
      403,
      undefined,
    ]);
    expect([sent.length, timers[0]?.isStopped]).toEqual([2, false]);
    sent[1]?.begin(200);
    sent[1]?.recipient.onData(Buffer.from("hello"));
    sent[1]?.recipient.onEnd();
    expect(await fine.outcome).toEqual({ outcome: "miss", upstreamKey: "the-key" });
    expect([fine.recipient.status, fine.recipient.text, fine.recipient.ending]).toEqual([
      200,
      "hello",
      "whole",
    ]);
    expect([fine.recipient.headers["x-broker-cache"], timers[0]?.isStopped, kept.size]).toEqual([
      "miss",
      true,
      0,
    ]);
  });

  it("and then ask for themselves, may still leave or wait no longer", async () => {
    for (const end of ["leave", "timer"] as const) {
      const { ask, sent, timers } = setUp();
      ask();
      const fine = ask({ identity: "bob", waitMs: 5000 });
      await settled();
      sent[0]?.begin(403);
      sent[0]?.recipient.onEnd();
      await settled();
      if (end === "leave") fine.leave();
      else timers[0]?.run();
      expect(await fine.outcome).toMatchObject(
        end === "leave" ? { message: "the caller left" } : { code: "upstream-timeout" },
      );
      expect(sent[1]?.signal.aborted).toBe(true);
    }
  });

  it("share an answer that breaks, which is not kept", async () => {
    const { ask, sent, kept } = setUp();
    const both = [ask(), ask()];
    await settled();
    sent[0]?.begin();
    sent[0]?.recipient.onBreak(new Error("reset"));
    await Promise.all(both.map(({ outcome }) => outcome));
    expect(both.map(({ recipient }) => recipient.ending)).toEqual(["reset", "reset"]);
    expect(kept.size).toBe(0);
  });
});

it("who wants it anew does not join, and is joined", async () => {
  const { ask, sent } = setUp();
  ask();
  await settled();
  ask({ mayReuse: false });
  await settled();
  expect(sent.length).toBe(2);
  const third = ask();
  await settled();
  expect(sent.length).toBe(2);
  sent[1]?.begin();
  expect(await third.outcome).toMatchObject({ outcome: "joined" });
});

it("what must not be stored is not kept", async () => {
  const { ask, sent, kept } = setUp();
  const asked = ask();
  await settled();
  sent[0]?.begin(200, { "cache-control": "private, no-store" });
  sent[0]?.recipient.onEnd();
  await asked.outcome;
  expect(kept.size).toBe(0);
});

it.each([
  ["data: 1\n\ndata: [DONE]\n\n", 1],
  ["data: 1\n\n", 0],
  ['data: {"error":{"message":"overloaded"}}\n\ndata: [DONE]\n\n', 0],
  ['data: {"content":"data: {\\"error"}\n\ndata: [DONE]\n\n', 1],
])("a stream is kept when it is whole and says of no failure: %j", async (text, count) => {
  const { ask, sent, kept } = setUp();
  const asked = ask();
  await settled();
  sent[0]?.begin(200, { "content-type": "text/event-stream; charset=utf-8" });
  sent[0]?.recipient.onData(Buffer.from(text));
  sent[0]?.recipient.onEnd();
  await asked.outcome;
  expect(kept.size).toBe(count);
});

it("who has left already asks for nothing", async () => {
  const { ask, sent } = setUp();
  const asked = ask({ signal: AbortSignal.abort(new Error("gone")) });
  expect(await asked.outcome).toMatchObject({ message: "gone" });
  expect(sent).toEqual([]);
});
