// OpenAI's error bodies, as the log and the caller may have them.
import { describe, expect, it } from "vitest";
import { readErrorBody, renderErrorBody } from "../../../server/upstream/error-body.ts";

describe("an error of OpenAI's", () => {
  it("keeps its words, without keys and without our names there", () => {
    const error = {
      message: "Project `proj_abcdef123` of org-Ab12Cd34 may not use it with sk-proj-abcdefgh12345678",
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    };
    expect(readErrorBody(404, JSON.stringify({ error }))).toEqual({
      ...error,
      status: 404,
      message: "Project `[redacted]` of [redacted] may not use it with [redacted]",
    });
  });

  it.each([
    "<html>sk-proj-abcdefgh12345678</html>",
    "",
    "null",
    '{"error":"no"}',
    '{"error":{"message":{}}}',
  ])("that reads %s is not quoted", (text) => {
    expect(readErrorBody(400, text)).toEqual({
      status: 400,
      message: "OpenAI answered 400.",
      type: "invalid_request_error",
      param: null,
      code: null,
    });
  });

  it("whose code is a number has it as a word, and long ones are cut", () => {
    const error = { message: "m".repeat(5000), code: 401, param: "p".repeat(300), type: 7 };
    expect(readErrorBody(401, JSON.stringify({ error }))).toEqual({
      status: 401,
      message: "m".repeat(500),
      code: "401",
      param: "p".repeat(200),
      type: "7",
    });
  });

  it("names an organization or a project in words too, which are removed", () => {
    const told = (message: string) => readErrorBody(429, JSON.stringify({ error: { message } })).message;
    expect(told("Rate limit reached for gpt-4o in organization acme on tokens per min")).toBe(
      "Rate limit reached for gpt-4o in organization [redacted] on tokens per min",
    );
    expect(told("Budget of project west-1 on hold")).toBe("Budget of project [redacted] on hold");
  });
});

it("a caller's client reads OpenAI's four members, and no others", () => {
  const error = { message: "No.", type: "invalid_request_error", param: "session.voice", code: null };
  const body = JSON.stringify({ error: { ...error, internal: "secret" } });
  expect(JSON.parse(Buffer.from(renderErrorBody(readErrorBody(400, body))).toString())).toEqual({ error });
});

it.each(["", "<html>sk-abcdefghijklmnop</html>", "null", '{"error":null}', '{"error":"sk-a"}', "[]"])(
  "what is not OpenAI's is not quoted: %s",
  (text) => {
    const { message, type, code } = readErrorBody(500, text);
    expect([message, type, code]).toEqual(["OpenAI answered 500.", "server_error", null]);
  },
);
