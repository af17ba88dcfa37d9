// Whom a finding about a key concerns: its finder, until another caller finds the same.
import { expect, it } from "vitest";
import { addFinder, countsFor, type Finders } from "../../../server/upstream/finders.ts";

const found = (...callers: (string | undefined)[]): Finders => callers.reduce<Finders>(addFinder, "none");

it.each<[string, Finders, boolean, boolean, boolean]>([
  ["no finding", found(), false, false, false],
  ["one caller's", found("a"), true, false, true],
  ["the same caller's, again and again", found("a", "a", "a"), true, false, true],
  ["two callers'", found("a", "b"), true, true, true],
  ["two callers', then one's", found("a", "b", "a"), true, true, true],
  ["a probe's", found(undefined), true, true, true],
  ["a probe's after one caller's", found("a", undefined), true, true, true],
])("%s counts for the finder, another caller, anyone: as it should", (_, finders, own, others, any) => {
  expect([countsFor(finders, "a"), countsFor(finders, "c"), countsFor(finders, undefined)]).toEqual([
    own,
    others,
    any,
  ]);
});
