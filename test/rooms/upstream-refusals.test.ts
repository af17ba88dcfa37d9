// What OpenAI's refusals say of the key.
import { expect, it } from "vitest";
import { outcomeOf } from "../../server/upstream/refusals.ts";

const NOW = Date.UTC(2026, 10, 21);
const wait = (headers: Record<string, string>, code?: string) => {
  const outcome = outcomeOf(429, code, headers, NOW);
  return outcome.kind === "limited" ? outcome.waitMs : outcome;
};

it.each([
  [400, "answered"],
  [401, "rejected"],
  [403, "answered"],
  [404, "answered"],
  [422, "answered"],
  [429, "limited"],
  [500, "failed"],
  [503, "failed"],
  [529, "failed"],
])("%i: %s", (status, kind) => {
  expect(outcomeOf(status, undefined, {}, NOW)).toMatchObject({ kind });
});

it.each<[Record<string, string>, number]>([
  [{ "retry-after": "7" }, 7000],
  [{ "retry-after": "0.5" }, 500],
  [{ "retry-after": new Date(NOW + 90_000).toUTCString() }, 90_000],
  [{ "retry-after": new Date(NOW - 90_000).toUTCString() }, 0],
  [{ "retry-after-ms": "1250", "retry-after": "2" }, 1250],
  [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s" }, 360_000],
  [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms" }, 20],
  [
    {
      "x-ratelimit-remaining-requests": "4",
      "x-ratelimit-reset-requests": "1h",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "1.5s",
    },
    1500,
  ],
  [{ "retry-after": "999999999" }, 600_000],
  [{}, 5000],
  [{ "retry-after": "soon" }, 5000],
  [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "a while" }, 5000],
])("429 with %j rests for %i ms", (headers, ms) => {
  expect(wait(headers)).toBe(ms);
});

it("an account without quota rests for long, whatever it says", () => {
  expect(wait({ "retry-after": "1" }, "insufficient_quota")).toBe(600_000);
});
