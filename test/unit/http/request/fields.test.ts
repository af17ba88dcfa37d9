// What a request's head says.
import { expect, it } from "vitest";
import { fieldOf, queryOf } from "../../../../server/http/request/fields.ts";

it("a field that was given several times is one list", () => {
  const headers = { host: "x", "set-cookie": ["a", "b"] };
  expect(["host", "set-cookie", "origin"].map((name) => fieldOf({ headers }, name))).toEqual([
    "x",
    "a, b",
    undefined,
  ]);
});

it("the query is what follows the first question mark, as it was sent", () => {
  expect(
    ["/a", "/a?", "/a?b=%20?c", undefined].map((url) => queryOf({ ...(url !== undefined && { url }) })),
  ).toEqual(["", "", "b=%20?c", ""]);
});
