// Which fields of OpenAI's responses reach callers.
import { expect, it } from "vitest";
import { allowedResponseHeaders } from "../../../server/upstream/response-headers.ts";

it("the fields on the list reach callers, and nothing that names our account or sets a cookie", () => {
  const fields = {
    "content-type": "application/json",
    "x-request-id": "req_1",
    "openai-processing-ms": "12",
    "retry-after": "3",
    "openai-organization": "acme",
    "openai-project": "proj_1",
    "set-cookie": ["a=b"],
    server: "cloudflare",
    "x-ratelimit-remaining-tokens": "100",
  };
  expect(allowedResponseHeaders(fields)).toEqual({
    "content-type": "application/json",
    "x-request-id": "req_1",
    "openai-processing-ms": "12",
    "retry-after": "3",
  });
});

it("a field that came twice does not", () => {
  expect(allowedResponseHeaders({ "content-type": ["a", "b"], etag: undefined })).toEqual({});
});

it("a stream of events is not to be buffered on its way", () => {
  const events = allowedResponseHeaders({ "content-type": "text/event-stream; charset=utf-8" });
  expect(events["x-accel-buffering"]).toBe("no");
});

it.each([
  ...["accept-ranges", "content-disposition", "content-length", "content-range", "content-type"],
  ...["cache-control", "content-encoding", "content-language", "etag", "last-modified", "location"],
  ...["openai-model", "openai-processing-ms", "openai-version"],
  ...["retry-after", "retry-after-ms", "x-request-id", "x-should-retry"],
])("%s reaches callers: clients read it", (name) => {
  expect(allowedResponseHeaders({ [name]: "1" })).toEqual({ [name]: "1" });
});
