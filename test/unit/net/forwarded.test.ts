// The last hop and the scheme that a proxy wrote, whatever stands before them.
import fc from "fast-check";
import { expect, it } from "vitest";
import { lastHop, lastScheme } from "../../../server/net/forwarded.ts";

it.each([
  ["203.0.113.9", "203.0.113.9", ""],
  ["6.6.6.6, 203.0.113.9", "203.0.113.9", "6.6.6.6"],
  ["203.0.113.9:51000", "203.0.113.9", ""],
  ["[2001:db8::9]:51000", "2001:db8::9", ""],
  ["[2001:db8::9]", "2001:db8::9", ""],
  ["2001:db8::9", "2001:db8::9", ""],
  ["203.0.113.9:http", "203.0.113.9:http", ""],
  ["203.0.113.9:123456", "203.0.113.9:123456", ""],
  ["[203.0.113.9", "[203.0.113.9", ""],
  ["a, ", "", "a"],
])("X-Forwarded-For: %j ends in the hop %j", (value, node, rest) => {
  expect(lastHop(value, "x-forwarded-for")).toEqual({ node, rest });
});

it.each([
  ["for=203.0.113.9", "203.0.113.9", ""],
  ['for=a, FOR="[2001:db8::9]:51000"', "2001:db8::9", "for=a"],
  ['for=a, for=b;host="x, y"', "b", "for=a"],
  ["for=a;for=b", undefined, ""],
  ["proto=https", undefined, ""],
  ["for=a b", undefined, ""],
  ['for="a\\"b"', undefined, ""],
])("Forwarded: %j ends in the hop %j", (value, node, rest) => {
  expect(lastHop(value, "forwarded")).toEqual({ node, rest });
});

it.each([
  ["https", "x-forwarded-for", "https"],
  ["http, https", "x-forwarded-for", "https"],
  ["for=a;proto=https", "forwarded", "https"],
  ["for=a;proto=https, for=b;proto=http", "forwarded", "http"],
  ["for=a", "forwarded", undefined],
] as const)("the scheme in %j of %s is %s", (value, header, scheme) => {
  expect(lastScheme(value, header)).toBe(scheme);
});

it("reading hop by hop ends, and loses nothing of X-Forwarded-For", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string().filter((hop) => !hop.includes(",")),
        { minLength: 1 },
      ),
      (hops) => {
        let rest = hops.join(",");
        for (let count = hops.length; count > 1; count -= 1) ({ rest } = lastHop(rest, "x-forwarded-for"));
        expect(rest).toBe(hops[0]);
      },
    ),
  );
});
