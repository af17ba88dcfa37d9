// A session's limits, and the notice before its end.
import { expect, it } from "vitest";
import { limitsWatch, noticeAt, reachedLimit } from "../../../../server/sessions/watchers/limits-watch.ts";
import { notedControl, voiceOf } from "../../../support/driven-run.ts";
import { NOON, noTotals, voiceSession } from "../../../support/voice-session.ts";

const limits = { idle_seconds: 30, max_tokens: 1000, max_cost_usd: 0.5 };
const fine = { now: NOON + 29_999, activeAt: NOON, endsAt: NOON + 60_000, totals: noTotals };

it.each([
  ["none", {}, undefined],
  ["its time", { now: NOON + 60_000 }, "duration"],
  ["silence", { now: NOON + 30_000 }, "idle"],
  ["tokens", { totals: { ...noTotals, tokens: 1000 } }, "tokens"],
  ["nearly its cost", { totals: { ...noTotals, costNanoUsd: 499_999_999 } }, undefined],
  ["its cost", { totals: { ...noTotals, costNanoUsd: 500_000_000 } }, "cost"],
])("the limit is %s", (_, more, reason) => {
  expect(reachedLimit({ voice: voiceOf(limits) }, { ...fine, ...more })).toBe(reason);
});

it("has no limits but its time where the profile names none", () => {
  const used = { ...noTotals, tokens: 1e9, costNanoUsd: 1e15 };
  expect(reachedLimit({ voice: voiceOf({}) }, { ...fine, totals: used })).toBeUndefined();
});

it.each([
  [600, 60, 540],
  [600, 0, undefined],
  [60, 60, 30],
])("of %i seconds with %i of notice, it is told after %s", (seconds, notice_seconds, after) => {
  const session = { voice: voiceOf({ notice_seconds }), openedAt: NOON };
  const at = noticeAt(session, NOON + seconds * 1000);
  expect(at).toBe(after === undefined ? undefined : NOON + after * 1000);
});

const watched = (session = voiceSession({ endsAt: NOON + 600_000 })) => {
  const { control, noted, totals } = notedControl(session);
  return { watcher: limitsWatch(control), noted, totals };
};
const usage = { kind: "usage" as const, id: "r", of: "response" as const, usage: {}, model: undefined };

it("ends a session as soon as it has cost what it may", () => {
  const { watcher, noted, totals } = watched(voiceSession({ voice: voiceOf({ max_tokens: 5 }) }));
  watcher.onFact(usage);
  totals.tokens = 5;
  watcher.onFact({ kind: "activity" });
  expect(noted).toEqual([]);
  watcher.onFact(usage);
  expect(noted).toEqual([["end", "tokens"]]);
});

it("tells the model and the page once that the end is near, and ends then", () => {
  const { watcher, noted } = watched();
  for (const second of [1, 539, 540, 541, 599]) watcher.onTick?.(NOON + second * 1000);
  expect(noted).toEqual([
    ["send", expect.objectContaining({ type: "conversation.item.create" })],
    "goOn",
    ["tell", { kind: "ends-soon", endsAt: NOON + 600_000 }],
  ]);
  watcher.onTick?.(NOON + 600_000);
  expect(noted.at(-1)).toEqual(["end", "duration"]);
});

it("keeps to OpenAI's end where that comes first", () => {
  const { watcher, noted } = watched();
  watcher.onFact({ kind: "expires", at: NOON + 100_000 });
  watcher.onFact({ kind: "expires", at: NOON + 900_000 });
  watcher.onTick?.(NOON + 50_000);
  expect(noted.at(-1)).toEqual(["tell", { kind: "ends-soon", endsAt: NOON + 100_000 }]);
});

it("does not say good-bye twice where another replica has", () => {
  const session = voiceSession({ term: 2, endsAt: NOON + 600_000 });
  const late = watched(session);
  late.watcher.onTick?.(NOON + 550_000);
  expect(late.noted).toEqual([]);
  const inTime = watched(session);
  inTime.watcher.onTick?.(NOON + 530_000);
  inTime.watcher.onTick?.(NOON + 550_000);
  expect(inTime.noted).toHaveLength(3);
});

it("is idle as long as nothing is said, from either side", () => {
  const { watcher, noted } = watched(voiceSession({ voice: voiceOf({ idle_seconds: 30 }) }));
  watcher.onTick?.(NOON + 20_000);
  watcher.onFact({ kind: "activity" });
  watcher.onTick?.(NOON + 21_000);
  watcher.onTick?.(NOON + 50_999);
  expect(noted).toEqual([]);
  watcher.onTick?.(NOON + 51_000);
  expect(noted).toEqual([["end", "idle"]]);
});
