// Addresses and headers out of proportion.
import { expect, it } from "vitest";
import { limitHeaders } from "../../../../server/http/middleware/header-limits.ts";
import { factsOf } from "../../../support/facts.ts";

const codeOf = (url: string, rawHeaders: string[]) => {
  const facts = factsOf({ url });
  facts.incoming.rawHeaders = rawHeaders;
  try {
    limitHeaders.run(facts, undefined);
    return "passes";
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const headers = (count: number) => Array.from({ length: count }, (_, index) => [`x-${index}`, "host"]).flat();

it.each<[string, string, string[], string]>([
  ["8192 bytes of address", `/${"a".repeat(8191)}`, [], "passes"],
  ["one more", `/${"a".repeat(8192)}`, [], "address-too-long"],
  ["64 headers", "/", headers(64), "passes"],
  ["one more header", "/", headers(65), "headers-too-large"],
  ["one host", "/", ["Host", "a"], "passes"],
  ["two hosts", "/", ["Host", "a", "x", "y", "hOST", "b"], "request-malformed"],
  ["a header whose value is host", "/", ["host", "host", "x", "host"], "passes"],
])("%s", (_, url, rawHeaders, outcome) => {
  expect(codeOf(url, rawHeaders)).toBe(outcome);
});
