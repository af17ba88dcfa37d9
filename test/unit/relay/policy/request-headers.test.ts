// The header fields of a caller that go on to OpenAI.
import { expect, it } from "vitest";
import { allowedRequestHeaders } from "../../../../server/relay/policy/request-headers.ts";

const sent = (
  fields: Record<string, string | string[]>,
  identity = "hash-of-alice",
): Record<string, string> => {
  const list = allowedRequestHeaders(fields, identity);
  return Object.fromEntries(list.flatMap((each, at) => (at % 2 === 0 ? [[each, list[at + 1] ?? ""]] : [])));
};

it("are those on the list, with the caller's hash and without compression", () => {
  const allowed = {
    ...{ accept: "application/json", "openai-beta": "responses=v1", range: "bytes=0-1" },
    ...{ "if-match": '"1"', "if-none-match": '"2"', "x-client-request-id": "3" },
  };
  expect(
    sent({ ...allowed, cookie: "a=1", authorization: "Bearer t", "api-key": "t", "accept-encoding": "gzip" }),
  ).toEqual({
    ...allowed,
    "accept-encoding": "identity",
    "openai-safety-identifier": "hash-of-alice",
  });
});

it("keep equal idempotency keys of two callers apart, and those of one caller equal", () => {
  const keyOf = (identity: string) => sent({ "idempotency-key": "1" }, identity)["idempotency-key"];
  expect(keyOf("alice")).toMatch(/^[0-9a-f]{64}$/);
  expect(keyOf("alice")).toBe(keyOf("alice"));
  expect(keyOf("alice")).not.toBe(keyOf("bob"));
});

it("are left out where a field came more than once", () => {
  expect(sent({ accept: ["a", "b"] })).not.toHaveProperty("accept");
});
