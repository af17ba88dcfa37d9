// Error responses of OpenAI's, as the caller, the log and the pool of keys learn of them.
import { describe, expect, it } from "vitest";
import {
  readErrorBody,
  readErrorResponse,
  refusedFailure,
  renderErrorBody,
} from "../../../server/upstream/error-response.ts";

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

const body = JSON.stringify({
  error: {
    message: "Incorrect API key provided: sk-abcdefghijklmnop in organization acme on tokens",
    type: "invalid_request_error",
    param: "session.voice",
    code: "invalid_api_key",
    internal: "secret",
  },
});

it("the log learns status, code, field, request id and words, without keys and names", () => {
  const response = readErrorResponse(readErrorBody(401, body), { "x-request-id": "req_1" }, 0);
  expect(response.report).toMatchObject({
    status: 401,
    code: "invalid_api_key",
    param: "session.voice",
    requestId: "req_1",
  });
  expect(response.report.message).not.toMatch(/abcdefghijklmnop|acme/);
  expect(response.outcome).toEqual({ kind: "key-invalid" });
  const failure = refusedFailure(response);
  expect([failure.code, failure.cause]).toMatchObject([
    "upstream-refused",
    { message: "OpenAI refused", outcome: { kind: "key-invalid" } },
  ]);
});

it("the log learns no request id where OpenAI names none, or several", () => {
  const ids = [{}, { "x-request-id": ["req_1", "req_2"] }].map(
    (headers) => readErrorResponse(readErrorBody(401, body), headers, 0).report.requestId,
  );
  expect(ids).toEqual([undefined, undefined]);
});
