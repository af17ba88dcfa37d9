// Voice time in spans that are booked once, on whichever replica they are metered.
import { expect, it } from "vitest";
import { clockSeconds, lastSpan, wholeSpans } from "../../../../server/sessions/watchers/voice-time.ts";

const sum = (spans: readonly { seconds: number }[]): number =>
  spans.reduce((seconds, span) => seconds + span.seconds, 0);

it("books what OpenAI charges at create at once, and then whole minutes", () => {
  expect(wholeSpans(0, 0)).toEqual([{ usageId: "voice-0", seconds: 15 }]);
  expect(wholeSpans(15, 59.9)).toEqual([]);
  expect(wholeSpans(15, 61.2)).toEqual([{ usageId: "voice-15", seconds: 45 }]);
  expect(wholeSpans(61.2, 185)).toEqual([
    { usageId: "voice-60", seconds: 60 },
    { usageId: "voice-120", seconds: 60 },
  ]);
});

it.each([0, 7, 15, 15.5, 60, 90, 93.4, 120, 3600])("books %d seconds as they are, at least 15", (end) => {
  const whole = wholeSpans(0, end);
  const last = lastSpan(end);
  const all = last ? [...whole, last] : whole;
  expect(sum(all)).toBeCloseTo(Math.max(15, end), 9);
  expect(new Set(all.map(({ usageId }) => usageId)).size).toBe(all.length);
});

it("names a span the same, however far the one before it had come", () => {
  const byOne = [...wholeSpans(0, 61), ...wholeSpans(61, 130)];
  const byTwo = [...wholeSpans(0, 16), ...wholeSpans(0, 62), ...wholeSpans(16, 130)];
  expect(new Set(byTwo.map(({ usageId }) => usageId))).toEqual(new Set(byOne.map(({ usageId }) => usageId)));
});

it("books nothing again for a count that went back", () => {
  expect(wholeSpans(130, 61)).toEqual([]);
});

it("goes by the clock while OpenAI has told nothing", () => {
  expect(clockSeconds(1000, 4000)).toBe(15);
  expect(clockSeconds(1000, 41_000)).toBe(40);
});
