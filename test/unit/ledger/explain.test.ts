// Why a request ended as it did, in words.
import { expect, it } from "vitest";
import { explain } from "../../../server/ledger/explain.ts";
import type { UsageRecord } from "../../../server/ledger/record.ts";
import { usageRecord } from "../../support/usage-records.ts";

const why = (more: Partial<UsageRecord>, isOperator = true): string =>
  explain(usageRecord("a", more), isOperator);
const story = { method: "POST", route: "/v1/*" };
const attempts = [
  { key: "eu", outcome: "limited", ms: 12 },
  { key: "us", outcome: "answered", ms: 12 },
];

it("says what a refusal means and what to do, and which limits were used up", () => {
  const refused = { status: 429, problem: "limit-exceeded", story: { ...story, limits: ["relays-caller"] } };
  expect(why(refused)).toMatch(
    /^It was refused: Too many requests\. Used up: relays-caller\. What to do: Wait/,
  );
  expect(why({ status: 400, problem: "of-a-later-version" })).toBe("It was refused: of-a-later-version.");
});

it("names the attempts that failed and the cause, to operators alone", () => {
  const tried = { story: { ...story, attempts } };
  expect(why(tried)).toMatch(/2 attempts were made at OpenAI; those with eu failed\.$/);
  expect(why(tried, false)).not.toMatch(/eu/);
  const failed = {
    status: 502,
    problem: "upstream-unavailable",
    story: { ...story, attempts, cause: "ECONNRESET." },
  };
  expect(why(failed)).toMatch(/those with eu, us failed\. The cause: ECONNRESET\. What to do:/);
  expect(why(failed, false)).not.toMatch(/eu|ECONNRESET/);
});

it.each([
  [{ kind: "session" }, /voice session was started/],
  [{ kind: "mint", story: { ...story, session: "vs_1" } }, /ticket .* metered in records of its own/],
  [{ kind: "mint", story: { ...story, session: "sess_1" } }, /key was handed out/],
  [{ kind: "voice", story: { ...story, part: "transcription" } }, /was transcribed/],
  [{ kind: "voice", story: { ...story, part: "unseen-time" } }, /could not see .* `usd_per_minute`/],
  [{ status: 499 }, /caller left before the answer began/],
  [{ isAborted: true }, /ended before it was whole/],
  [{ status: 404 }, /OpenAI answered with 404/],
  [{ cache: "hit" }, /response cache/],
  [{ cache: "joined" }, /shared the answer/],
  [{ kind: "mint" }, /A key was handed out/],
  [{ kind: "tool-call" }, /The tool was called/],
  [{ kind: "report" }, /A page reported/],
  [{}, /the answer was passed on whole/],
] as const)("%j", (more, sentence) => {
  expect(why(more)).toMatch(sentence);
});
