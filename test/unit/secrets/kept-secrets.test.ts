// Secrets that were read are kept up to date.
import { expect, it, vi } from "vitest";
import { Secret } from "../../../server/secret.ts";
import { type StoredSecret, wholeSecret } from "../../../server/secrets/store.ts";
import { keptSecrets } from "../../support/kept-secrets.ts";

it("Vault and AWS are asked after refresh_seconds, and changes that come together are told once", async () => {
  const { keep, values, time, value, told } = keptSecrets("asked", "vault");
  await keep("a");
  await keep("b");
  values.a = "two";
  values.b = "two";
  await time.pass(299_000);
  expect([value("a"), told()]).toEqual(["one", 0]);
  await time.pass(2000);
  expect([value("a"), value("b"), told()]).toEqual(["two", "two", 1]);
});

it("what does not change is told to no listener", async () => {
  const { keep, time, told, reads } = keptSecrets("asked", "vault");
  await keep("a");
  await time.pass(3_600_000);
  expect([told(), reads()]).toEqual([0, 13]);
});

it("a file is looked at when its folder changes, and every five seconds where that is not told", async () => {
  const { keep, values, time, value, hint } = keptSecrets("watched", "file");
  await keep("a");
  values.a = "two";
  hint();
  await time.pass(500);
  expect(value("a")).toBe("two");
  values.a = "three";
  await time.pass(5500);
  expect(value("a")).toBe("three");
});

it("a file is looked at however often something else in its folder changes", async () => {
  const { keep, values, time, value, hint } = keptSecrets("watched", "file");
  await keep("a");
  values.a = "two";
  for (let tenths = 0; tenths < 100; tenths += 1) {
    hint();
    await time.pass(100);
  }
  expect(value("a")).toBe("two");
});

it("a file that comes back is taken within seconds, however long it was away", async () => {
  const { keep, values, time, value } = keptSecrets("watched", "file");
  await keep("a");
  delete values.a;
  await time.pass(3_600_000);
  values.a = "two";
  await time.pass(6000);
  expect(value("a")).toBe("two");
});

it("a file that is being written is believed when it stays as it is", async () => {
  const { keep, values, time, value, hint, told } = keptSecrets("watched", "file");
  await keep("a");
  values.a = "tw";
  hint();
  await time.pass(200);
  values.a = "two";
  await time.pass(200);
  expect([value("a"), told()]).toEqual(["one", 0]);
  await time.pass(1000);
  expect([value("a"), told()]).toEqual(["two", 1]);
});

it("what never changes is not asked for again, and has no age", async () => {
  const { keep, kept, time, reads } = keptSecrets("never", "sealed");
  await keep("a");
  await time.pass(3_600_000);
  expect([reads(), kept.ages()]).toEqual([1, []]);
});

it("a lease is renewed, and what it is for is made anew when it has reached its maximum", async () => {
  const { keep, values, time, value, told, reads, useLease } = keptSecrets("asked", "vault");
  const grants = [100_000, 100_000, 40_000];
  useLease({ durationMs: 100_000, renew: async () => grants.shift() ?? 0 });
  await keep("a");
  values.a = "two";
  await time.pass(125_000);
  expect([value("a"), reads()]).toEqual(["one", 1]);
  await time.pass(60_000);
  expect([value("a"), reads(), told()]).toEqual(["two", 2, 1]);
});

it("a lease that was renewed for less time is renewed again before that is over", async () => {
  const { keep, time, useLease } = keptSecrets("asked", "vault");
  const renew = vi.fn(async () => 55_000);
  useLease({ durationMs: 100_000, renew });
  await keep("a");
  await time.pass(60_000 + 34_000);
  expect(renew).toHaveBeenCalledTimes(2);
});

it("a lease without a time keeps Vault from being asked without end", async () => {
  const { keep, time, useLease } = keptSecrets("asked", "vault");
  const renew = vi.fn(async () => 0);
  useLease({ durationMs: 0, renew });
  await keep("a");
  await time.pass(10_000);
  expect(renew).toHaveBeenCalledTimes(10);
});

it("secrets that are no longer referred to are asked for no more", async () => {
  const { keep, kept, at, time, reads, value } = keptSecrets("asked", "vault");
  await keep("a");
  await keep("b");
  kept.keepOnly([at("b")]);
  await time.pass(301_000);
  expect([value("a"), value("b"), reads()]).toEqual([undefined, "one", 3]);
});

it("nothing goes on after the end", async () => {
  const { keep, kept, values, time, told } = keptSecrets("asked", "vault");
  await keep("a");
  values.a = "two";
  await time.pass(300_100);
  kept[Symbol.dispose]();
  await time.pass(600_000);
  expect([told(), time.pending()]).toEqual([0, 0]);
});

it("a reading that ends after the end changes nothing", async () => {
  const held = Promise.withResolvers<StoredSecret>();
  const { keep, kept, time, value, useLease } = keptSecrets("asked", "vault");
  useLease({ durationMs: 1000, renew: () => held.promise.then(() => 0) });
  await keep("a");
  await time.pass(1000);
  kept[Symbol.dispose]();
  held.resolve(wholeSecret(new Secret("late")));
  await time.pass(1000);
  expect([value("a"), time.pending()]).toEqual([undefined, 0]);
});
