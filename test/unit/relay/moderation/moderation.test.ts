// Asking OpenAI's moderation: in which portions, and what each way to end means.
import { describe, expect, it } from "vitest";
import { Failure } from "../../../../server/failures/failure.ts";
import { batchesOf, OVERLAP, PIECE_LENGTH } from "../../../../server/relay/moderation/batches.ts";
import { type ModerationRule, moderateWith } from "../../../../server/relay/moderation/moderation.ts";

import { unavailable } from "../../../../server/upstream/unavailable.ts";
import type { Upstream } from "../../../../server/upstream/upstream.ts";

const strict: ModerationRule = { model: "omni", whenUnavailable: "refuse", whenUnreadable: "refuse" };
const lenient: ModerationRule = { ...strict, whenUnavailable: "pass" };

type Answer = boolean[] | Error;
const judged = (input: readonly string[]): Answer => input.map((text) => /flagged/.test(text));

const setUp = (answerTo: (input: readonly string[], index: number) => Answer = judged) => {
  const asked: string[][] = [];
  const unchecked: unknown[] = [];
  let underWay = 0;
  let mostAtOnce = 0;
  const upstream: Pick<Upstream, "moderate"> = {
    moderate: async ({ input }) => {
      const index = asked.push([...input]) - 1;
      underWay += 1;
      mostAtOnce = Math.max(mostAtOnce, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      const answer = answerTo(input, index);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const onUnchecked = (cause: unknown) => unchecked.push(cause);
  const moderate = moderateWith({ upstream, timeoutMs: () => 1000, onUnchecked });
  const check = (texts: readonly string[], rule = strict, signal = new AbortController().signal) =>
    moderate(rule, texts, "token:alice", signal).then(
      () => "passed",
      (error: Failure) => error.code ?? error.message,
    );
  return { check, asked, unchecked, most: () => mostAtOnce };
};

/** As the upstream throws what OpenAI answered. */
const upstreamFailure = (code: Failure["code"], status?: number): Failure =>
  new Failure(code, undefined, { cause: Object.assign(new Error("no"), { report: { status } }) });
const noModel = { model: undefined };
const outlooks = { away: { kind: "away", waitMs: 1 }, refused: { kind: "refused", waitMs: 1 } } as const;

describe("in portions", () => {
  it("many texts go at once, so many in a request, and all of them", async () => {
    const { check, asked, most } = setUp();
    const texts = Array.from({ length: 500 }, (_, index) => `text ${index}`);
    expect(await check(texts)).toBe("passed");
    expect(asked.flat()).toEqual(texts);
    expect(Math.max(...asked.map(({ length }) => length))).toBe(32);
    expect(most()).toBeLessThanOrEqual(4);
    expect(most()).toBeGreaterThan(1);
  });

  it("a flagged text is found wherever it stands", async () => {
    for (const at of [0, 31, 32, 127, 128, 499]) {
      const texts = Array.from({ length: 500 }, (_, index) => (index === at ? "flagged" : `text ${index}`));
      expect(await setUp().check(texts)).toBe("input-flagged");
    }
  });

  it("in a long text too, also where it is cut", async () => {
    for (let at = PIECE_LENGTH - OVERLAP - 10; at < PIECE_LENGTH + 10; at += 3) {
      const text = `${"a".repeat(at)}flagged${"b".repeat(3000)}`;
      expect(await setUp().check([text])).toBe("input-flagged");
    }
  });

  it("nothing of a text is left out, and no character is cut in two", () => {
    const text = Array.from({ length: 9000 }, (_, index) =>
      String.fromCodePoint(0x1f600 + (index % 60)),
    ).join("");
    for (const shift of ["", "x"]) {
      const pieces = batchesOf([shift + text]).flat();
      expect(pieces.every((piece) => piece.isWellFormed() && piece.length <= PIECE_LENGTH + 1)).toBe(true);
      let whole = "";
      let found = 0;
      for (const piece of pieces) {
        found = (shift + text).indexOf(piece, Math.max(0, whole.length - OVERLAP - 1));
        expect(found).toBeLessThanOrEqual(whole.length);
        whole = (shift + text).slice(0, found) + piece;
      }
      expect(whole.length).toBe((shift + text).length);
    }
  });

  it("no request has more than the model reads", () => {
    const texts = Array.from({ length: 200 }, () => "語".repeat(1500));
    const sizes = batchesOf(texts).map((batch) => Buffer.byteLength(batch.join("")));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32 * 1024);
    expect(batchesOf(texts).flat()).toEqual(texts);
    expect(batchesOf(["", " \n"])).toEqual([]);
    expect(batchesOf(["half of a character: \ud83d"]).flat()[0]).toContain("\ufffd");
  });

  it("more than can be checked is refused before anything is asked, unless it was checked before", async () => {
    const { check, asked } = setUp();
    const long = (name: string) => `${name} ${"a".repeat(1024 * 1024)}`;
    expect(await check([long("a"), long("b")])).toBe("request-too-large");
    expect(asked).toEqual([]);
    expect(await check([long("a")])).toBe("passed");
    expect(await check([long("b")])).toBe("passed");
    expect(await check(Array.from({ length: 3000 }, (_, index) => `text ${index}`))).toBe(
      "request-too-large",
    );
    expect(await check(Array(20_000).fill("one"))).toBe("request-too-large");
    const before = asked.length;
    expect(await check([long("a"), long("b"), "c"])).toBe("passed");
    expect(asked.length).toBe(before + 1);
  });
});

describe("what is harmless is remembered", () => {
  it("for that model alone, and not when something else was flagged with it", async () => {
    const { check, asked } = setUp();
    expect(await check(["one", "flagged"])).toBe("input-flagged");
    expect(await check(["one"])).toBe("passed");
    expect(await check(["one"])).toBe("passed");
    expect(await check(["one"], { ...strict, model: "other" })).toBe("passed");
    expect(asked).toEqual([["one", "flagged"], ["one"], ["one"]]);
  });

  it("and what passed without a check is not", async () => {
    const { check, asked, unchecked } = setUp(() => upstreamFailure("upstream-refused", 500));
    expect(await check(["one"], lenient)).toBe("passed");
    expect(await check(["one"], lenient)).toBe("passed");
    expect([asked.length, unchecked.length]).toEqual([2, 2]);
  });
});

describe("where everything passes when OpenAI cannot be asked", () => {
  it.each<[string, Answer]>([
    ["it fails", upstreamFailure("upstream-refused", 500)],
    ["it is overloaded", upstreamFailure("upstream-refused", 503)],
    ["it cannot be reached", upstreamFailure("upstream-refused")],
    ["it does not answer in time", upstreamFailure("upstream-timeout")],
    ["its answer breaks off", new Error("reset")],
    ["it could not be reached for a while", unavailable(outlooks.away, noModel)],
  ])("everything passes when %s", async (_, answer) => {
    const { check, unchecked } = setUp(() => answer);
    expect(await check(["one"], lenient)).toBe("passed");
    expect(unchecked.length).toBe(1);
    expect(await setUp(() => answer).check(["one"])).toBe("moderation-unavailable");
  });

  it.each<[string, Answer, string]>([
    ["400", upstreamFailure("upstream-refused", 400), "input-unreadable"],
    ["413", upstreamFailure("upstream-refused", 413), "input-unreadable"],
    ["401", upstreamFailure("upstream-refused", 401), "moderation-unavailable"],
    ["403", upstreamFailure("upstream-refused", 403), "moderation-unavailable"],
    ["404", upstreamFailure("upstream-refused", 404), "moderation-unavailable"],
    ["429", upstreamFailure("upstream-refused", 429), "moderation-unavailable"],
    ["no key that OpenAI takes", unavailable(outlooks.refused, noModel), "moderation-unavailable"],
    ["no key for it", unavailable({ kind: "no-key-has-model" }, noModel), "moderation-unavailable"],
  ])("a refusal refuses: %s", async (_, answer, code) => {
    const { check, unchecked } = setUp(() => answer);
    expect(await check(["one"], lenient)).toBe(code);
    expect(await check(["one"])).toBe(code);
    expect(unchecked).toEqual([]);
  });

  it("what is flagged is refused, although another portion could not be checked", async () => {
    const { check } = setUp((input, index) =>
      index === 0 ? upstreamFailure("upstream-refused", 500) : judged(input),
    );
    const texts = Array.from({ length: 64 }, (_, index) => (index === 40 ? "flagged" : `text ${index}`));
    expect(await check(texts, lenient)).toBe("input-flagged");
  });

  it("a refusal of one portion refuses, although another could not be checked", async () => {
    const answers: Answer[] = [
      upstreamFailure("upstream-refused", 500),
      upstreamFailure("upstream-refused", 400),
    ];
    const { check } = setUp((_, index) => answers[index] ?? upstreamFailure("upstream-refused", 500));
    expect(
      await check(
        Array.from({ length: 64 }, (_, index) => `text ${index}`),
        lenient,
      ),
    ).toBe("input-unreadable");
  });
});

it("who leaves is told nothing", async () => {
  const leaving = new AbortController();
  const { check, unchecked } = setUp(() => {
    leaving.abort(new Error("gone"));
    return upstreamFailure("upstream-refused", 500);
  });
  expect(await check(["one"], lenient, leaving.signal)).toBe("gone");
  expect(unchecked).toEqual([]);
});
