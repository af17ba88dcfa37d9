// What the start says of supervised sessions that are configured wrongly.
import { expect, it } from "vitest";
import { findProblems } from "../../../server/config/cross-check.ts";
import { configOf, problemsIn } from "../../support/configuration.ts";

const problems = (session: string, profile: string, more = "") => {
  const yaml = `callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: m${session} }${profile} } }
${more}`;
  return findProblems(configOf(yaml, { OPENAI_API_KEY: "sk-x" }), new Set(), 0);
};

const limits = "voice_limits: [{ name: all, at_once: 3 }]";

it("takes supervised profiles with limits, and an unsupervised one with none", () => {
  expect(problems("", ", supervision: watch, voice: { max_minutes: 5 }", limits)).toEqual([]);
  expect(problems("", "")).toEqual([]);
  expect(problems("", ", supervision: sealed")).toEqual([]);
});

it("tells that limits of an unsupervised profile limit nothing", () => {
  expect(problems("", ", voice: { max_minutes: 5 }")).toEqual([
    expect.stringMatching(/^profiles\.default\.voice: .* set profiles\.default\.supervision to watch/),
  ]);
  expect(problems("", "", limits)).toEqual([
    expect.stringMatching(/^voice_limits: .* no profile is supervised/),
  ]);
});

it("tells that the page of a sealed profile has no tools", () => {
  const functions = ", tools: [{ type: function, name: f }]";
  expect(problems(functions, ", supervision: enforce")).toEqual([]);
  expect(problems(functions, ", supervision: sealed, voice: { page_tools: session }")).toEqual([
    expect.stringMatching(/^profiles\.default\.session\.tools: /),
    expect.stringMatching(/^profiles\.default\.voice\.page_tools: /),
  ]);
});

it("names misspelt limits, and whom they cannot be for", () => {
  const env = { OPENAI_API_KEY: "sk-x" };
  expect(problemsIn("voice_limits: [{ name: a, max_minute: 3 }]", env).join()).toContain("max_minute");
  const unknown = 'voice_limits: [{ name: a, at_once: 3, for: ["profile:sales", "token:bob"] }]';
  expect(problems("", ", supervision: watch", unknown)).toEqual([
    expect.stringContaining("voice_limits[0].for: there is no profile called sales"),
    expect.stringContaining("voice_limits[0].for: token:bob fits no configured caller"),
  ]);
});
