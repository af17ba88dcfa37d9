// Whose fault an outcome is, and whom a finding about a key concerns.
import { expect, it } from "vitest";
import {
  addFinder,
  countsFor,
  type Finders,
  isKeyFault,
  type Outcome,
} from "../../../server/upstream/outcome.ts";

it.each<[Outcome | undefined, boolean]>([
  [{ kind: "key-invalid" }, true],
  [{ kind: "limited", waitMs: 1000, hasRoom: true }, true],
  [{ kind: "no-quota" }, true],
  [{ kind: "refused" }, true],
  [{ kind: "scope-missing" }, true],
  [{ kind: "abandoned" }, false],
  [{ kind: "answered", latencyMs: 100 }, false],
  [{ kind: "failed", how: "gateway" }, false],
  [{ kind: "request-at-fault" }, false],
  [{ kind: "unreadable" }, false],
  [undefined, false],
])("after %j the next key is tried, as this key alone is the cause: %s", (outcome, isFault) => {
  expect(isKeyFault(outcome)).toBe(isFault);
});

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
