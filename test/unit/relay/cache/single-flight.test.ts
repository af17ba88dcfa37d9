// One answer for many: no caller's pace, leaving or fault reaches another caller.
import { describe, expect, it } from "vitest";
import { type BufferMemory, createBufferMemory } from "../../../../server/relay/cache/buffer-memory.ts";
import type { CachedResponse } from "../../../../server/relay/cache/response-cache.ts";
import { SharedResponse } from "../../../../server/relay/cache/single-flight.ts";
import { testFlow, testRecipient } from "../../../support/recipient.ts";

const setUp = (maxBytes = 10, memory = createBufferMemory(1000)) => {
  const kept: CachedResponse[] = [];
  const answer = new SharedResponse({
    maxBytes,
    memory,
    onWhole: (whole) => kept.push(whole),
    onOver: () => {},
  });
  const flow = testFlow();
  const begin = () => answer.onHead(200, { etag: "1" }, flow);
  const send = (...texts: string[]) => {
    for (const text of texts) answer.onData(Buffer.from(text));
  };
  return { answer, flow, begin, send, kept };
};

const TOO_SLOW = expect.stringContaining("too slowly");
const gone = new Error("the caller left");

describe("a subscriber", () => {
  it("gets all of it, however late they come", () => {
    const { answer, begin, send, kept } = setUp();
    const [first, second, third] = [testRecipient(), testRecipient(), testRecipient()];
    answer.subscribe(first);
    begin();
    answer.subscribe(second);
    send("a", "b");
    answer.subscribe(third);
    send("c");
    answer.onEnd();
    for (const each of [first, second, third]) {
      expect([each.status, each.headers, each.text, each.ending]).toEqual([
        200,
        { etag: "1" },
        "abc",
        "whole",
      ]);
    }
    expect(kept.map(({ body }) => body.toString())).toEqual(["abc"]);
  });

  it("may not come when too much has passed, or when all is over", () => {
    const { answer, begin, send, kept } = setUp(3);
    answer.subscribe(testRecipient());
    begin();
    send("abc");
    expect(answer.isOpen).toBe(true);
    send("d");
    expect(answer.isOpen).toBe(false);
    answer.onEnd();
    expect(kept).toEqual([]);
    const short = setUp();
    short.answer.subscribe(testRecipient());
    short.begin();
    short.answer.onEnd();
    expect(short.answer.isOpen).toBe(false);
  });

  it("who leaves is told nothing more, and the others all", () => {
    const { answer, begin, send } = setUp();
    const [first, second] = [testRecipient(), testRecipient()];
    const leave = answer.subscribe(first);
    answer.subscribe(second);
    begin();
    send("a");
    leave(gone);
    leave(gone);
    send("b");
    answer.onEnd();
    expect([first.text, first.ending]).toEqual(["a", gone.message]);
    expect([second.text, second.ending]).toEqual(["ab", "whole"]);
    expect(answer.signal.aborted).toBe(false);
  });

  it("who leaves before the answer begins hears nothing of it", () => {
    const { answer, begin, send } = setUp();
    const [first, second] = [testRecipient(), testRecipient()];
    answer.subscribe(first)(gone);
    expect(answer.signal.aborted).toBe(true);
    const other = setUp();
    const leave = other.answer.subscribe(first);
    other.answer.subscribe(second);
    leave(gone);
    other.begin();
    other.send("a");
    expect([first.status, first.text, first.ending]).toEqual([undefined, "", "none"]);
    expect(second.text).toBe("a");
    begin();
    send("late");
  });

  it("whose connection throws breaks nobody else's", () => {
    const { answer, begin, send } = setUp();
    const faulty = { ...testRecipient(), onData: () => expect.fail("no connection") };
    const silent = {
      ...testRecipient(),
      onHead: () => expect.fail("no connection"),
      onBreak: () => expect.fail("still none"),
    };
    const fine = testRecipient();
    for (const each of [faulty, silent, fine]) answer.subscribe(each);
    begin();
    send("a");
    answer.onEnd();
    expect([fine.text, fine.ending]).toEqual(["a", "whole"]);
  });
});

describe("the pace", () => {
  it("is that of the fastest: upstream waits only while all of them do", () => {
    const { answer, flow, begin, send } = setUp();
    const [slow, fast] = [testRecipient(1), testRecipient()];
    answer.subscribe(slow);
    answer.subscribe(fast);
    begin();
    send("a", "b");
    expect([slow.text, fast.text, flow.isPaused]).toEqual(["a", "ab", false]);
    fast.pause();
    expect(flow.isPaused).toBe(true);
    fast.resume();
    expect(flow.isPaused).toBe(false);
    send("c");
    slow.resume();
    answer.onEnd();
    expect([slow.text, slow.ending, fast.text]).toEqual(["abc", "whole", "abc"]);
  });

  it("of one alone is theirs", () => {
    const { answer, flow, begin, send } = setUp(2);
    const only = testRecipient(1);
    answer.subscribe(only);
    begin();
    send("a", "bcdefgh");
    expect([only.text, only.ending, flow.isPaused]).toEqual(["a", "none", true]);
    only.resume();
    answer.onEnd();
    expect([only.text, only.ending, flow.isPaused]).toEqual(["abcdefgh", "whole", false]);
  });

  it("goes on when the one that upstream waited for leaves", () => {
    const { answer, flow, begin, send } = setUp();
    const [slow, fast] = [testRecipient(1), testRecipient()];
    const leave = answer.subscribe(slow);
    begin();
    send("a");
    expect(flow.isPaused).toBe(true);
    answer.subscribe(fast);
    expect([flow.isPaused, fast.text]).toEqual([false, "a"]);
    fast.pause();
    fast.resume();
    leave(gone);
    expect(flow.isPaused).toBe(false);
  });

  it("cuts off who is further behind than what is remembered, and nobody else", () => {
    const { answer, begin, send } = setUp(4);
    const [stuck, behind, fast] = [testRecipient(1), testRecipient(2), testRecipient()];
    for (const each of [stuck, behind, fast]) answer.subscribe(each);
    begin();
    send("ab", "cd", "ef");
    expect([stuck.ending, behind.ending, fast.ending]).toEqual(["none", "none", "none"]);
    send("g");
    expect([stuck.ending, behind.ending, fast.ending]).toEqual([TOO_SLOW, "none", "none"]);
    behind.resume();
    answer.onEnd();
    expect([behind.text, fast.text]).toEqual(["abcdefg", "abcdefg"]);
    expect([behind.ending, fast.ending]).toEqual(["whole", "whole"]);
  });

  it("lets who is slow take the rest when it has ended", () => {
    const { answer, begin, send } = setUp();
    const slow = testRecipient(1);
    answer.subscribe(slow);
    answer.subscribe(testRecipient());
    begin();
    send("a", "b", "c");
    answer.onEnd();
    expect([slow.text, slow.ending]).toEqual(["a", "none"]);
    slow.resume();
    expect([slow.text, slow.ending]).toEqual(["abc", "whole"]);
  });
});

it("an answer that breaks breaks for all, and is not kept", () => {
  const { answer, begin, send, kept } = setUp();
  const both = [testRecipient(), testRecipient(1)];
  for (const each of both) answer.subscribe(each);
  begin();
  send("a", "b");
  answer.onBreak(new Error("reset"));
  answer.onEnd();
  expect(both.map(({ ending }) => ending)).toEqual(["reset", "reset"]);
  expect([kept, answer.isOpen, answer.signal.aborted]).toEqual([[], false, false]);
});

it("when all have left, upstream ends", () => {
  const { answer, begin } = setUp();
  const leaves = [testRecipient(), testRecipient()].map((each) => answer.subscribe(each));
  begin();
  leaves[0]?.(gone);
  expect(answer.signal.aborted).toBe(false);
  leaves[1]?.(gone);
  expect([answer.signal.aborted, answer.isOpen]).toEqual([true, false]);
});

describe("the memory of all of them", () => {
  it("is made free by the largest, which is remembered no more", () => {
    const memory = createBufferMemory(10);
    const [large, small] = [setUp(100, memory), setUp(100, memory)];
    const [one, other] = [testRecipient(), testRecipient()];
    large.answer.subscribe(one);
    small.answer.subscribe(other);
    for (const each of [large, small]) each.begin();
    large.send("12345678");
    small.send("abc");
    expect([large.answer.isOpen, small.answer.isOpen]).toEqual([false, true]);
    small.send("def");
    expect(small.answer.isOpen).toBe(true);
    large.send("9");
    for (const each of [large, small]) each.answer.onEnd();
    expect([one.text, other.text]).toEqual(["123456789", "abcdef"]);
    expect([large.kept.length, small.kept.length]).toEqual([0, 1]);
  });

  it("is given back by every request that ends, breaks or is left", () => {
    const memory = createBufferMemory(10);
    for (let time = 0; time < 5; time += 1) {
      const ended = setUp(100, memory);
      ended.answer.subscribe(testRecipient());
      ended.begin();
      ended.send("12345678");
      ended.answer.onEnd();
      expect(ended.kept.length).toBe(1);
      const broken = setUp(100, memory);
      broken.answer.subscribe(testRecipient(1));
      broken.begin();
      broken.send("1234", "5678");
      broken.answer.onBreak(gone);
      const left = setUp(100, memory);
      const leave = left.answer.subscribe(testRecipient(1));
      left.begin();
      left.send("1234", "5678");
      leave(gone);
      const slow = setUp(100, memory);
      const late = testRecipient(1);
      slow.answer.subscribe(late);
      slow.begin();
      slow.send("1234", "5678");
      slow.answer.onEnd();
      late.resume();
      expect(late.ending).toBe("whole");
    }
  });

  it("is never more than it may be, and free in the end, whichever callers leave, wait or go on", () => {
    const inner = createBufferMemory(50);
    const sizes = new Map<object, number>();
    const sum = () => [...sizes.values()].reduce((total, bytes) => total + bytes, 0);
    const memory: BufferMemory = {
      set: (holder, bytes) => {
        sizes.set(holder, bytes);
        inner.set(holder, bytes);
      },
    };
    let random = 7;
    const next = (below: number): number => {
      random = (random * 48271) % 2147483647;
      return random % below;
    };
    for (let round = 0; round < 300; round += 1) {
      const flights = Array.from({ length: 3 }, () => {
        const shared = setUp(1 + next(60), memory);
        const recipients = Array.from({ length: 1 + next(4) }, () => testRecipient(1 + next(4)));
        const leaves = recipients.map((each) => shared.answer.subscribe(each));
        shared.begin();
        return { ...shared, recipients, leaves, sent: "" };
      });
      for (let step = 0; step < 60; step += 1) {
        const shared = flights[next(3)];
        if (!shared || shared.flow.isPaused) continue;
        const text = String.fromCharCode(97 + next(26)).repeat(1 + next(9));
        shared.send(text);
        if (!shared.answer.signal.aborted) shared.sent += text;
        expect(sum()).toBeLessThanOrEqual(50 + 9);
        if (next(4) === 0) shared.recipients[next(shared.recipients.length)]?.resume();
        if (next(12) === 0) shared.leaves[next(shared.leaves.length)]?.(gone);
      }
      for (const { answer, recipients, sent } of flights) {
        answer.onEnd();
        for (const each of recipients) each.resume();
        for (const { text, ending } of recipients) {
          expect(sent.startsWith(text)).toBe(true);
          expect(ending).not.toBe("none");
          if (ending === "whole") expect(text).toBe(sent);
        }
      }
      expect(sum()).toBe(0);
    }
  });
});
