// The identifier of an end user at OpenAI.
import { expect, it } from "vitest";
import { hashIdentityWith } from "../../../server/mint/safety-identifier.ts";
import { Secret } from "../../../server/secret.ts";

it("is 64 hexadecimal digits, the same each time, and others for another user or salt", () => {
  const identify = hashIdentityWith(new Secret("salt"));
  const identifier = identify("guest:203.0.113.9");
  expect(identifier).toMatch(/^[\da-f]{64}$/);
  expect(identify("guest:203.0.113.9")).toBe(identifier);
  expect(identify("guest:203.0.113.8")).not.toBe(identifier);
  expect(hashIdentityWith(new Secret("another"))("guest:203.0.113.9")).not.toBe(identifier);
});
