// Entries hold no secrets and are never large, whatever they are made of.
import { expect, it } from "vitest";
import { link } from "../../../server/audit/chain.ts";
import { boundedEntry } from "../../../server/audit/entry.ts";
import { Secret } from "../../../server/secret.ts";
import { NOON, testSealer } from "../../support/audit.ts";

const bounded = (details: Record<string, unknown>) =>
  boundedEntry({ at: NOON, action: "user-added", actor: "cli:root", details }).details;

it("masks secrets, and takes out what looks like one", () => {
  const secret = new Secret("rkb_abcdefghijkl_very-secret-0123456789");
  const text = JSON.stringify(bounded({ secret, deep: [{ key: "is sk-proj-0123456789abcdef here" }] }));
  expect(text).toBe('{"secret":"[secret]","deep":[{"key":"is [redacted] here"}]}');
});

it("cuts texts, lists, depths and numbers of fields", () => {
  const endless: Record<string, unknown> = {};
  endless.self = endless;
  const details = {
    text: "x".repeat(100_000),
    list: Array.from({ length: 1000 }, () => "y".repeat(1000)),
    endless,
    ...Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field${index}`, index])),
  };
  const { body } = link(
    { at: NOON, action: "user-added", actor: "a", details: bounded(details) },
    "c",
    undefined,
    testSealer,
  );
  expect(body.length).toBeLessThan(10_000);
  expect(bounded(details).text).toHaveLength(200);
  expect(bounded(details).list).toContain("and 970 more");
});

it("keeps nothing that JSON does not know", () => {
  const odd = { a: Number.NaN, b: () => 1, c: Symbol("s"), d: 10n, e: undefined, f: new Date(0) };
  expect(bounded(odd)).toEqual({ a: null, b: null, c: null, d: null, f: "1970-01-01T00:00:00.000Z" });
});
