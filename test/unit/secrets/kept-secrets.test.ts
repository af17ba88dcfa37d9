// Secrets that were read are kept up to date, and a store that fails changes nothing.
import { expect, it, vi } from "vitest";
import { Secret } from "../../../server/secret.ts";
import { keepSecrets, type SecretStores } from "../../../server/secrets/kept-secrets.ts";
import type { StoreName } from "../../../server/secrets/reference.ts";
import {
  type Lease,
  SecretError,
  type SecretStore,
  type StoredSecret,
  wholeSecret,
} from "../../../server/secrets/store.ts";
import { createTestTime } from "../../support/time.ts";

const setUp = (changes: SecretStore["changes"], name: StoreName) => {
  const time = createTestTime();
  const logs: Record<string, unknown>[] = [];
  const values: Record<string, string | SecretError> = { a: "one", b: "one" };
  let lease: Lease | undefined;
  let [reads, hint] = [0, () => {}];
  const store: SecretStore = {
    changes,
    read: async (place) => {
      reads += 1;
      const value = values[place] ?? new SecretError("refused", "is not there");
      if (value instanceof SecretError) throw value;
      return { ...wholeSecret(new Secret(value)), lease };
    },
    watch: (_, onHint) => {
      hint = onHint;
      return { [Symbol.dispose]: () => {} };
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const stores = { [name]: store } as Partial<SecretStores> as SecretStores;
  const log = {
    write: (level: string, msg: string, fields: object) => void logs.push({ level, msg, ...fields }),
  };
  const kept = keepSecrets({ stores, refreshMs: 300_000, ...time, random: () => 0, log });
  let told = 0;
  kept.onChanged(() => {
    told += 1;
  });
  const at = (place: string) => ({ store: name, place });
  return {
    ...{ kept, time, logs, values, at },
    keep: async (place: string) =>
      kept.keep(at(place), await store.read(place, new AbortController().signal)),
    value: (place: string) => kept.find(at(place))?.text?.reveal(),
    reads: () => reads,
    told: () => told,
    hint: () => hint(),
    useLease: (next: Lease) => {
      lease = next;
    },
  };
};

it("Vault and AWS are asked after refresh_seconds, and changes that come together are told once", async () => {
  const { keep, values, time, value, told } = setUp("asked", "vault");
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
  const { keep, time, told, reads } = setUp("asked", "vault");
  await keep("a");
  await time.pass(3_600_000);
  expect([told(), reads()]).toEqual([0, 13]);
});

it("a file is looked at when its folder changes, and every five seconds where that is not told", async () => {
  const { keep, values, time, value, hint } = setUp("watched", "file");
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
  const { keep, values, time, value, hint } = setUp("watched", "file");
  await keep("a");
  values.a = "two";
  for (let tenths = 0; tenths < 100; tenths += 1) {
    hint();
    await time.pass(100);
  }
  expect(value("a")).toBe("two");
});

it("a file that comes back is taken within seconds, however long it was away", async () => {
  const { keep, values, time, value } = setUp("watched", "file");
  await keep("a");
  delete values.a;
  await time.pass(3_600_000);
  values.a = "two";
  await time.pass(6000);
  expect(value("a")).toBe("two");
});

it("a file that is being written is believed when it stays as it is", async () => {
  const { keep, values, time, value, hint, told } = setUp("watched", "file");
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

it("a store that fails keeps the last values, is told once, and again when it is over", async () => {
  const { keep, kept, values, time, value, logs, told } = setUp("asked", "vault");
  await keep("a");
  await keep("b");
  values.a = new SecretError("down", "cannot be read: it does not answer");
  values.b = values.a;
  await time.pass(1_200_000);
  expect([value("a"), value("b"), told()]).toEqual(["one", "one", 0]);
  expect(logs).toEqual([
    {
      level: "warn",
      msg: "secret-not-read-again",
      ...{
        store: "vault",
        secret: "vault:a",
        reason: "cannot be read: it does not answer",
        kept: "the last value",
      },
    },
  ]);
  expect(kept.ages()).toEqual([{ store: "vault", seconds: 1200 }]);
  values.a = "two";
  values.b = "one";
  await time.pass(310_000);
  expect([value("a"), told()]).toEqual(["two", 1]);
  expect(logs.slice(1)).toEqual([{ level: "info", msg: "secrets-read-again", store: "vault" }]);
});

it("a store that was down for a moment is asked again in seconds", async () => {
  const { keep, values, time, reads } = setUp("asked", "aws-sm");
  await keep("a");
  values.a = new SecretError("down", "cannot be read");
  await time.pass(300_000);
  expect(reads()).toBe(2);
  await time.pass(5000);
  expect(reads()).toBe(3);
  await time.pass(10_000);
  expect(reads()).toBe(4);
});

it("a secret that was taken away keeps its last value, and is told by its own name", async () => {
  const { keep, values, time, value, logs } = setUp("watched", "file");
  await keep("a");
  delete values.a;
  await time.pass(60_000);
  expect(value("a")).toBe("one");
  expect(logs.map(({ secret, reason }) => [secret, reason])).toEqual([["file:a", "is not there"]]);
});

it("what never changes is not asked for again, and has no age", async () => {
  const { keep, kept, time, reads } = setUp("never", "sealed");
  await keep("a");
  await time.pass(3_600_000);
  expect([reads(), kept.ages()]).toEqual([1, []]);
});

it("a lease is renewed, and what it is for is made anew when it has reached its maximum", async () => {
  const { keep, values, time, value, told, reads, useLease } = setUp("asked", "vault");
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
  const { keep, time, useLease } = setUp("asked", "vault");
  const renew = vi.fn(async () => 55_000);
  useLease({ durationMs: 100_000, renew });
  await keep("a");
  await time.pass(60_000 + 34_000);
  expect(renew).toHaveBeenCalledTimes(2);
});

it("a lease without a time keeps Vault from being asked without end", async () => {
  const { keep, time, useLease } = setUp("asked", "vault");
  const renew = vi.fn(async () => 0);
  useLease({ durationMs: 0, renew });
  await keep("a");
  await time.pass(10_000);
  expect(renew).toHaveBeenCalledTimes(10);
});

it("secrets that are no longer referred to are asked for no more", async () => {
  const { keep, kept, at, time, reads, value } = setUp("asked", "vault");
  await keep("a");
  await keep("b");
  kept.keepOnly([at("b")]);
  await time.pass(301_000);
  expect([value("a"), value("b"), reads()]).toEqual([undefined, "one", 3]);
});

it("nothing goes on after the end", async () => {
  const { keep, kept, values, time, told } = setUp("asked", "vault");
  await keep("a");
  values.a = "two";
  await time.pass(300_100);
  kept[Symbol.dispose]();
  await time.pass(600_000);
  expect([told(), time.pending()]).toEqual([0, 0]);
});

it("a reading that ends after the end changes nothing", async () => {
  const held = Promise.withResolvers<StoredSecret>();
  const { keep, kept, time, value, useLease } = setUp("asked", "vault");
  useLease({ durationMs: 1000, renew: async () => (await held.promise, 0) });
  await keep("a");
  await time.pass(1000);
  kept[Symbol.dispose]();
  held.resolve(wholeSecret(new Secret("late")));
  await time.pass(1000);
  expect([value("a"), time.pending()]).toEqual([undefined, 0]);
});
