// One error response of OpenAI's, as the caller, the log and the pool of keys learn of it.
import { expect, it } from "vitest";
import { readErrorBody, renderErrorBody } from "../../../server/upstream/error-body.ts";
import { readErrorResponse, refusedFailure } from "../../../server/upstream/error-response.ts";

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
    { outcome: { kind: "key-invalid" } },
  ]);
});

it("a caller's client reads OpenAI's four members, and no others", () => {
  const rendered = JSON.parse(Buffer.from(renderErrorBody(readErrorBody(401, body))).toString());
  expect(Object.keys(rendered.error)).toEqual(["message", "type", "param", "code"]);
});

it.each(["", "<html>sk-abcdefghijklmnop</html>", "null", '{"error":null}', '{"error":"sk-a"}', "[]"])(
  "what is not OpenAI's is not quoted: %s",
  (text) => {
    const { message, type, code } = readErrorBody(502, text);
    expect([message, type, code]).toEqual(["OpenAI answered 502.", "server_error", null]);
  },
);
