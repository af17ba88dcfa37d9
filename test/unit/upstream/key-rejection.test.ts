// What OpenAI says of a key as a whole, to whom, and until when.
import { expect, it } from "vitest";
import {
  createCooldowns,
  createKeyRejection,
  type RejectionChange,
} from "../../../server/upstream/key-rejection.ts";

const setUp = () => {
  let now = 0;
  const changes: RejectionChange[] = [];
  const rejection = createKeyRejection(
    () => now,
    (change) => changes.push(change),
  );
  const reasons = () => [undefined, "a", "b"].map((caller) => rejection.reasonFor(caller));
  return {
    rejection,
    changes,
    reasons,
    pass: (ms: number) => {
      now += ms;
    },
  };
};

it("an invalid key is so for its finder, then for everyone, and is told once", () => {
  const { rejection, changes, reasons } = setUp();
  rejection.setInvalid(true, "a");
  expect(reasons()).toEqual(["invalid", "invalid", undefined]);
  rejection.setInvalid(true, "b");
  expect(reasons()).toEqual(["invalid", "invalid", "invalid"]);
  rejection.setInvalid(false);
  expect([reasons(), changes]).toEqual([Array(3).fill(undefined), ["invalid", "valid"]]);
});

it("a probe's finding is everyone's at once", () => {
  const { rejection, reasons } = setUp();
  rejection.setInvalid(true, "a");
  rejection.setInvalid(true);
  expect(reasons()).toEqual(Array(3).fill("invalid"));
});

it("what one caller found before says nothing when another finds something later", () => {
  const { rejection, reasons } = setUp();
  rejection.setInvalid(true, "a");
  rejection.setInvalid(false);
  rejection.setNoQuota("b");
  expect(reasons()).toEqual(["no-quota", undefined, "no-quota"]);
});

it("an account without money is tried again after a minute, and told once until it has answered", () => {
  const { rejection, changes, reasons, pass } = setUp();
  rejection.setNoQuota("a");
  pass(59_999);
  expect(reasons()[0]).toBe("no-quota");
  pass(1);
  expect(reasons()[0]).toBeUndefined();
  rejection.setNoQuota("a");
  rejection.answered(60_000);
  expect([reasons()[0], changes]).toEqual([undefined, ["no-quota", "quota"]]);
});

it("an answer to a request that began before the rejection changes nothing", () => {
  const { rejection, reasons, pass } = setUp();
  pass(10);
  rejection.setInvalid(true, "a");
  rejection.answered(9);
  expect([reasons()[0], rejection.invalidTimes]).toEqual(["invalid", 1]);
  rejection.answered(10);
  expect([reasons()[0], rejection.invalidTimes]).toEqual([undefined, 0]);
});

it("a probe that finds the key known leaves an account without money to the caller who found it", () => {
  const { rejection, reasons } = setUp();
  rejection.setNoQuota("a");
  rejection.setInvalid(false);
  expect(reasons()).toEqual(["no-quota", "no-quota", undefined]);
});

it("how often OpenAI has called it invalid is counted until it answers a request", () => {
  const { rejection } = setUp();
  for (const isInvalid of [true, false, true]) rejection.setInvalid(isInvalid);
  expect(rejection.invalidTimes).toBe(2);
});

it("no quota is told when it is found, and the quota once it is back", () => {
  const { rejection, changes } = setUp();
  rejection.answered(0);
  expect(changes.splice(0)).toEqual([]);
  rejection.setNoQuota("a");
  expect(changes.splice(0)).toEqual(["no-quota"]);
  rejection.setNoQuota("b");
  expect(changes.splice(0)).toEqual([]);
  rejection.answered(0);
  rejection.answered(0);
  expect(changes).toEqual(["quota"]);
});

const setUpCooldowns = () => {
  let now = 0;
  const cooldowns = createCooldowns(() => now);
  return {
    ...cooldowns,
    pass: (ms: number) => {
      now += ms;
    },
  };
};

it("a cooldown of no caller's holds for everyone, until it ends", () => {
  const { start, leftMs, pass } = setUpCooldowns();
  expect([start("m", 1000), leftMs("m"), leftMs("m", "a"), leftMs("other")]).toEqual([true, 1000, 1000, 0]);
  pass(999);
  expect([start("m", 1000), leftMs("m")]).toEqual([false, 1000]);
  pass(1000);
  expect([leftMs("m"), start("m", 1)]).toEqual([0, true]);
});

it("a caller's own holds for that caller, and for everyone once another has found the same", () => {
  const { start, leftMs } = setUpCooldowns();
  start("m", 1000, "a");
  expect([leftMs("m", "a"), leftMs("m", "b")]).toEqual([1000, 0]);
  start("m", 500, "b");
  expect([leftMs("m", "a"), leftMs("m", "b"), leftMs("m", "c")]).toEqual([500, 500, 500]);
});

it("one that is over confirms nothing", () => {
  const { start, leftMs, pass } = setUpCooldowns();
  start("m", 1000, "a");
  pass(1000);
  start("m", 1000, "b");
  expect([leftMs("m", "a"), leftMs("m", "b")]).toEqual([0, 1000]);
});

it("names are kept to a length, and the oldest are forgotten", () => {
  const { start, leftMs } = setUpCooldowns();
  start("x".repeat(10_000), 1000);
  expect(leftMs(`${"x".repeat(256)}y`)).toBe(1000);
  for (let index = 0; index < 500; index += 1) start(`m-${index}`, 1000);
  expect([leftMs("x".repeat(256)), leftMs("m-0"), leftMs("m-499")]).toEqual([0, 1000, 1000]);
});
