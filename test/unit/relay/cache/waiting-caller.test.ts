// A caller who waits for a shared request: what they are answered, how long they wait, and when they ask for themselves.
import { describe, expect, it } from "vitest";
import { settled, setUp } from "../../../support/waiting.ts";

describe("what the caller is told of the cache", () => {
  it.each([
    [false, "miss"],
    [true, "joined"],
  ])("if they joined: %s, it is a %s, with the key that was used", async (hasJoined, outcome) => {
    const { wait, openAi } = setUp();
    const { recipient, ...caller } = wait({}, hasJoined);
    await settled();
    openAi.begin(200, { etag: "1" });
    openAi.end("hello");
    expect(await caller.outcome).toMatchObject({ outcome, upstreamKey: "the-key" });
    expect(recipient.headers).toEqual({ etag: "1", "x-broker-cache": outcome });
    expect([recipient.status, recipient.text, recipient.ending]).toEqual([200, "hello", "whole"]);
  });

  it("is a hit if the response was cached, for one who joined as well", async () => {
    const { wait } = setUp({ status: 200, headers: {}, body: Buffer.from("hello") });
    const callers = [wait({}, false), wait({ identity: "bob" })];
    for (const { outcome, recipient } of callers) {
      expect(await outcome).toMatchObject({ outcome: "hit", upstreamKey: undefined });
      expect(recipient.headers).toEqual({ "x-broker-cache": "hit" });
      expect(recipient.text).toBe("hello");
    }
  });

  it("breaks when the response does", async () => {
    const { wait, openAi } = setUp();
    const { recipient } = wait();
    await settled();
    openAi.begin();
    openAi.sent[0]?.recipient.onBreak(new Error("reset"));
    expect(recipient.ending).toBe("reset");
  });
});

describe("a deadline of the caller's own", () => {
  it("ends their waiting and no other's", async () => {
    const { wait, openAi, timers } = setUp();
    const [hurried, patient] = [wait({ waitMs: 5 }), wait()];
    await settled();
    expect(timers.map(({ ms }) => ms)).toEqual([5]);
    timers[0]?.run();
    expect(await hurried.outcome).toMatchObject({ code: "upstream-timeout" });
    expect(openAi.sent[0]?.signal.aborted).toBe(false);
    openAi.begin();
    expect(await patient.outcome).toMatchObject({ outcome: "joined" });
    expect(hurried.recipient.status).toBeUndefined();
  });

  it("of no time at all is one", async () => {
    const { wait, timers } = setUp();
    const caller = wait({ waitMs: 0 });
    timers[0]?.run();
    expect(await caller.outcome).toMatchObject({ code: "upstream-timeout" });
  });

  it("is over when the response begins, however long its body takes", async () => {
    const { wait, openAi, timers } = setUp();
    wait({ waitMs: 5 });
    await settled();
    expect(timers[0]?.timesStopped).toBe(0);
    openAi.begin();
    expect(timers[0]?.timesStopped).toBe(1);
  });

  it("is over when OpenAI cannot be asked", async () => {
    const { wait, openAi, timers } = setUp();
    const { outcome } = wait({ waitMs: 5 });
    await settled();
    openAi.fail(new Error("OpenAI fails"));
    expect(await outcome).toMatchObject({ message: "OpenAI fails" });
    expect(timers[0]?.timesStopped).toBe(1);
  });
});

describe("a caller who leaves", () => {
  it("waits no more, and gets nothing of a response that begins later", async () => {
    const { wait, openAi } = setUp();
    const [leaving, staying] = [wait(), wait()];
    await settled();
    leaving.leave();
    expect(await leaving.outcome).toMatchObject({ message: "the caller left" });
    openAi.begin();
    openAi.end("hello");
    expect([leaving.recipient.status, leaving.recipient.text]).toEqual([undefined, ""]);
    expect(staying.recipient.text).toBe("hello");
  });

  it("while the response comes, gets no more of it", async () => {
    const { wait, openAi } = setUp();
    const { recipient, leave } = wait();
    await settled();
    openAi.begin();
    leave();
    openAi.end("hello");
    expect([recipient.text, recipient.ending]).toEqual(["", "the caller left"]);
  });
});

describe("a refusal for another caller", () => {
  const refused = async (status = 400) => {
    const { wait, openAi, timers } = setUp();
    const caller = wait({ identity: "bob", waitMs: 5 });
    await settled();
    openAi.begin(status, { etag: "refusal" });
    openAi.sent[0]?.recipient.onData(Buffer.from("refused"));
    await settled();
    return { ...caller, wait, openAi, timers };
  };

  it("is none for this one, who asks for themselves and may wait as long as before", async () => {
    const { recipient, own, outcome, openAi, timers } = await refused();
    expect([own.sent.length, recipient.status, timers[0]?.timesStopped]).toEqual([1, undefined, 0]);
    openAi.sent[0]?.recipient.onEnd();
    expect([recipient.text, recipient.ending]).toEqual(["", "none"]);
    own.begin(200, { etag: "1" });
    own.end("hello");
    expect(await outcome).toMatchObject({ outcome: "miss", upstreamKey: "the-key" });
    expect(recipient).toMatchObject({ status: 200, text: "hello", ending: "whole" });
    expect(recipient.headers).toEqual({ etag: "1", "x-broker-cache": "miss" });
    expect(timers[0]?.timesStopped).toBeGreaterThan(0);
  });

  it("breaks nothing for this one when it breaks", async () => {
    const { wait, openAi } = setUp();
    const { recipient, own } = wait({ identity: "bob" });
    await settled();
    openAi.begin(500);
    openAi.sent[0]?.recipient.onBreak(new Error("reset"));
    await settled();
    expect([recipient.ending, own.sent.length]).toEqual(["none", 1]);
  });

  it("is not heard of after this one has asked for themselves", async () => {
    const { recipient, own, openAi } = await refused();
    own.begin();
    openAi.end(" still");
    expect([recipient.text, recipient.ending]).toEqual(["", "none"]);
    own.end("hello");
    expect([recipient.text, recipient.ending]).toEqual(["hello", "whole"]);
  });

  it("is told to this one if OpenAI refuses them too", async () => {
    const { recipient, own, outcome } = await refused();
    own.begin(403);
    own.end("blocked");
    expect(await outcome).toMatchObject({ outcome: "miss" });
    expect([recipient.status, recipient.text, recipient.ending]).toEqual([403, "blocked", "whole"]);
  });

  it("leaves this one free to leave, which ends their own request", async () => {
    const { own, outcome, leave } = await refused();
    leave();
    expect(await outcome).toMatchObject({ message: "the caller left" });
    expect(own.sent[0]?.signal.aborted).toBe(true);
  });

  it("does not put off this one's deadline", async () => {
    const { own, outcome, timers } = await refused();
    timers[0]?.run();
    expect(await outcome).toMatchObject({ code: "upstream-timeout" });
    expect(own.sent[0]?.signal.reason).toMatchObject({ code: "upstream-timeout" });
  });

  it("begins with status 400: a redirection is shared", async () => {
    const { recipient, own } = await refused(399);
    expect([recipient.status, own.sent.length]).toEqual([399, 0]);
  });

  it("is shared with one who has the same identity", async () => {
    const { wait, openAi } = setUp();
    const { recipient, own } = wait({ identity: "alice" });
    await settled();
    openAi.begin(403);
    await settled();
    expect([recipient.status, own.sent.length]).toEqual([403, 0]);
  });
});
