// One error response of OpenAI's, as the caller, the log and the pool of keys learn of it.
import { expect, it } from "vitest";
import { readErrorBody } from "../../../server/upstream/error-body.ts";
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
    { message: "OpenAI refused", outcome: { kind: "key-invalid" } },
  ]);
});

it("the log learns no request id where OpenAI names none, or several", () => {
  const ids = [{}, { "x-request-id": ["req_1", "req_2"] }].map(
    (headers) => readErrorResponse(readErrorBody(401, body), headers, 0).report.requestId,
  );
  expect(ids).toEqual([undefined, undefined]);
});
