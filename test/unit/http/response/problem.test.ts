// Refusals: complete for the caller, and no longer than they must be.
import { expect, it } from "vitest";
import { Failure, failureCodes, failureKind, isFailureCode } from "../../../../server/failures/failure.ts";
import { problemOf } from "../../../../server/http/response/problem.ts";
import { describeCause } from "../../../../server/observe/describe-error.ts";

it.each(failureCodes)("%s has a status, a title, and advice in a whole sentence", (code) => {
  const { status, title, advice } = failureKind(code);
  expect([status >= 400 && status < 600, title, advice]).toEqual([
    true,
    expect.stringMatching(/^[A-Z].*[^.]$/),
    expect.stringMatching(/^[A-Z].*\.$/),
  ]);
  expect(problemOf(new Failure(code), "r1", "")).toEqual({
    type: `/problems/${code}`,
    title,
    status,
    detail: advice,
    instance: "r1",
    user_message: failureKind(code).userMessage,
  });
});

it.each(failureCodes)("%s has a sentence for the page's user, without the terms of developers", (code) => {
  const { userMessage } = failureKind(code);
  expect(userMessage).toMatch(/^[A-Z][^`<>]{10,120}\.$/);
  expect(userMessage).not.toMatch(
    /HTTP|JSON|API|OpenAI|broker|key|token|header|request|profile|operator|limit|server/i,
  );
});

it("nothing that JavaScript calls by itself is a refusal", () => {
  expect(["constructor", "__proto__", "toString", ""].some(isFailureCode)).toBe(false);
});

it("the cause stays inside", () => {
  const failure = new Failure("tool-failed", undefined, { cause: new Error("postgres://user:pw@db") });
  expect(JSON.stringify(problemOf(failure, "r1", ""))).not.toContain("postgres");
  expect(describeCause(failure.cause)).toEqual({ name: "Error", message: "postgres://user:pw@db" });
});

it("the first twenty errors tell enough", () => {
  const errors = Array.from({ length: 100_000 }, (_, index) => ({
    pointer: `/${index}`,
    detail: "is wrong",
  }));
  const problem = problemOf(new Failure("arguments-invalid", undefined, { errors }), "r1", "");
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(
    Array.from({ length: 20 }, (_, index) => `/${index}`),
  );
});

it("an object that is thrown in place of an error is told by its names, as its values may be secret", () => {
  const thrown = new Error("outer", { cause: { claim: "exp", payload: { sub: "jane" } } });
  expect(describeCause(thrown)?.cause).toEqual({ message: "no error, but an object with claim, payload" });
  expect(describeCause({})).toEqual({ message: "no error, but an object with nothing in it" });
});

it("a chain of causes is told without keys, and not without end", () => {
  const root = Object.assign(new Error("Incorrect API key provided: sk-proj-abcd1234"), { code: "E1" });
  const cause = describeCause(new Error("outer", { cause: new TypeError("middle", { cause: root }) }));
  expect(cause).toMatchObject({ message: "outer", cause: { name: "TypeError", cause: { code: "E1" } } });
  expect(JSON.stringify(cause)).not.toContain("abcd1234");
  const loop = new Error("again");
  loop.cause = loop;
  expect(JSON.stringify(describeCause(loop)).match(/again/g)).toHaveLength(4);
  expect(describeCause("text with sk-abcdefgh")).toEqual({ message: "text with [redacted]" });
});
