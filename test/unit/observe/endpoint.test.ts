// The names of OpenAI's endpoints.
import { expect, it } from "vitest";
import { endpointOf } from "../../../server/observe/endpoint.ts";

it.each([
  ["/v1/chat/completions", "chat/completions"],
  ["/v1/chat/completions/chatcmpl_1/messages", "chat/completions"],
  ["/v1/responses/resp_1", "responses"],
  ["/v1/models/gpt-5-mini", "models"],
  ["/v1/realtime/calls", "realtime/calls"],
  ["/v1/realtime", "realtime"],
  ["/v1/responses-of-mine", "other"],
  ["/v1/what/callers/invent", "other"],
  ["/weather", "other"],
])("%s is %s", (path, endpoint) => {
  expect(endpointOf(path)).toBe(endpoint);
});
