// What is a secret in the configuration, and what is not.
import { expect, it } from "vitest";
import { z } from "zod";
import { markSecret, secretText, secretTraits } from "../../server/secret-schema.ts";

it("a secret's schema reads a text into a secret, and is known as one when it is described", () => {
  const schema = secretText(z.string().min(3));
  expect(schema.parse("abc").reveal()).toBe("abc");
  expect(schema.safeParse("a").success).toBe(false);
  expect(secretTraits(schema.describe("A token."))).toBeDefined();
  expect(secretTraits(markSecret(z.url(), { isEncoded: true }))?.isEncoded).toBe(true);
});

it("no other text is taken for one", () => {
  expect(secretTraits(z.string())).toBeUndefined();
});
