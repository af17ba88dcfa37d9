// Refusals as OpenAI's clients expect them.
import { expect, it } from "vitest";
import { Failure } from "../../../../server/failures/failure.ts";
import {
  isOpenAiAddress,
  openAiErrorOf,
  tellMissingVersion,
} from "../../../../server/http/response/openai-error.ts";

it("OpenAI's addresses are those under /v1", () => {
  expect(["/v1", "/v1/", "/v1/models"].every(isOpenAiAddress)).toBe(true);
  expect(["/", "/v11", "/v2/v1", "/tools"].some(isOpenAiAddress)).toBe(false);
});

it("a code that programs compare with is OpenAI's, every other is ours", () => {
  expect(openAiErrorOf(new Failure("limit-exceeded", "Used up: mints.")).error).toMatchObject({
    type: "requests",
    code: "rate_limit_exceeded",
    message: expect.stringContaining("Used up: mints."),
    param: null,
  });
  expect(openAiErrorOf(new Failure("overloaded")).error).toMatchObject({
    type: "server_error",
    code: "overloaded",
  });
});

it("the first wrong part is named as OpenAI names it", () => {
  const errors = [
    { pointer: "/messages/0/content", detail: "is not valid UTF-8" },
    { pointer: "/model", detail: "is given more than once" },
  ];
  const { error } = openAiErrorOf(new Failure("request-malformed", "Ambiguous.", { errors }));
  expect(error.param).toBe("messages.0.content");
  expect(error.message).toContain("(/messages/0/content: is not valid UTF-8)");
});

it.each([
  ["/chat/completions", "version-missing"],
  ["/models", "version-missing"],
  ["/models/gpt-5", "version-missing"],
  ["/modelsx", "not-found"],
  ["/v2/models", "not-found"],
  ["/", "not-found"],
])("what is not found at %s is %s", (path, code) => {
  expect(tellMissingVersion(new Failure("not-found"), path).code).toBe(code);
  const other = new Failure("tool-forbidden");
  expect(tellMissingVersion(other, path)).toBe(other);
});
