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
