// Whose credential is found to have ended while something of theirs is open, and when.
import { expect, it } from "vitest";
import type { Caller } from "../../../../server/auth/caller.ts";
import { createRevocation, sweepRepeatedly } from "../../../../server/auth/users/revocation.ts";
import { sqlUsers } from "../../../../server/auth/users/users.sql.ts";
import { callerOf, type NewUser, type Users } from "../../../../server/auth/users/users.ts";
import { openSqlite } from "../../../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../../../server/store/migrations.fs.ts";
import { createTestTime } from "../../../support/time.ts";

const NOON = 1_763_640_000_000;
const plain = (name: string): NewUser => ({ name, roles: [], profiles: undefined, limits: {} });
const token = (prefix: string) => ({ prefix, hash: "h", keyId: "k" });

/** Bob and Eve in a real table, a clock that is moved by hand, and a store that can be taken away. */
const open = async () => {
  const users = sqlUsers(await openSqlite(":memory:", loadMigrations("sqlite")));
  for (const name of ["bob", "eve"]) await users.add(plain(name), token(`${name}1`), NOON);
  let now = NOON;
  const asked: (readonly string[])[] = [];
  const store: unknown[] = [];
  const state = { isAway: false };
  const admitted: Users["admitted"] = async (prefixes, at) => {
    asked.push(prefixes);
    if (state.isAway) throw new Error("the store is away");
    return users.admitted(prefixes, at);
  };
  const revocation = createRevocation({
    users: { admitted },
    clock: { now: () => now },
    onStore: (error) => store.push(error),
  });
  const ended: string[] = [];
  const watch = (caller: Caller, name: string = caller.id) =>
    revocation.watch(caller, (reason) => ended.push(`${name}: ${reason}`));
  return {
    ...{ users, asked, store, state, ended, watch, sweep: revocation.sweep },
    pass: (ms: number) => {
      now += ms;
    },
  };
};

const user = (name: string, endsAt?: number) =>
  callerOf(plain(name), { prefix: `${name}1`, expiresAt: endsAt });
const jane = (endsAt: number): Caller => ({
  ...{ kind: "jwt", id: "jwt:i#jane", issuer: "i", subject: "jane", roles: [], endsAt },
});

it("ends all that is open for a disabled user, once, and no other user's", async () => {
  const { users, watch, sweep, ended } = await open();
  for (const name of ["bob", "bob", "eve"]) watch(user(name));
  await sweep();
  expect(ended).toEqual([]);
  await users.disable("bob", NOON);
  await sweep();
  await sweep();
  const reason = "user:bob: the token bob1 was rotated out, or its user disabled or removed";
  expect(ended).toEqual([reason, reason]);
});

it("ends what is open for removed users and rotated-out tokens", async () => {
  const { users, watch, sweep, ended, pass } = await open();
  watch(user("bob"));
  watch(user("eve"));
  await users.remove("bob");
  await users.rotate("eve", token("eve2"), NOON, NOON + 1000);
  await sweep();
  expect(ended).toEqual([expect.stringMatching(/^user:bob: /)]);
  pass(1000);
  await sweep();
  expect(ended[1]).toMatch(/^user:eve: /);
});

it("ends at a JWT's exp, without asking the store", async () => {
  const { watch, sweep, ended, pass, asked } = await open();
  watch(jane(NOON + 5000));
  pass(4999);
  await sweep();
  expect(ended).toEqual([]);
  pass(1);
  await sweep();
  expect(ended).toEqual(["jwt:i#jane: the token has expired"]);
  expect(asked).toEqual([]);
});

it("asks the store once for all, each token once, and not at all where nothing is open", async () => {
  const { watch, sweep, asked } = await open();
  const stops = ["bob", "bob", "eve"].map((name) => watch(user(name)));
  await sweep();
  expect(asked).toEqual([["bob1", "eve1"]]);
  for (const stop of stops) stop?.();
  await sweep();
  expect(asked).toHaveLength(1);
});

it("leaves what has ended by itself alone", async () => {
  const { users, watch, sweep, ended } = await open();
  watch(user("bob"))?.();
  await users.disable("bob", NOON);
  await sweep();
  expect(ended).toEqual([]);
});

it("never ends what guests, fixed tokens and signers have open", async () => {
  const { watch } = await open();
  expect(watch({ kind: "guest", id: "guest:127.0.0.1" })).toBeUndefined();
  for (const kind of ["token", "signer"] as const) {
    expect(watch({ kind, id: `${kind}:a`, name: "a", roles: [] })).toBeUndefined();
  }
});

it("goes on while the store does not answer, until a moment known before, and says so once", async () => {
  const { users, watch, sweep, ended, pass, store, state } = await open();
  watch(user("bob"));
  watch(user("eve", NOON + 1000));
  await users.disable("bob", NOON);
  state.isAway = true;
  await sweep();
  await sweep();
  expect(ended).toEqual([]);
  expect(store).toEqual([new Error("the store is away")]);
  pass(1000);
  await sweep();
  expect(ended).toEqual(["user:eve: the token has expired"]);
  state.isAway = false;
  await sweep();
  expect(store).toEqual([new Error("the store is away"), undefined]);
  expect(ended[1]).toMatch(/^user:bob: /);
});

it("says each time that the store stops answering, and that it answers again", async () => {
  const { watch, sweep, store, state } = await open();
  watch(user("bob"));
  const sweepTwice = async (isAway: boolean) => {
    state.isAway = isAway;
    await sweep();
    await sweep();
  };
  for (const isAway of [false, true, false, true, false]) await sweepTwice(isAway);
  const away = new Error("the store is away");
  expect(store).toEqual([away, undefined, away, undefined]);
});

it("leaves what began while the store was asked for the next sweep", async () => {
  const { users, watch, sweep, ended } = await open();
  await users.disable("eve", NOON);
  watch(user("bob"));
  const sweeping = sweep();
  watch(user("eve"));
  await sweeping;
  expect(ended).toEqual([]);
  await sweep();
  expect(ended).toEqual([expect.stringMatching(/^user:eve: /)]);
});

it("stops watching once, however often it is told to, and watches all that came after", async () => {
  const { watch, sweep, ended, pass } = await open();
  const stop = watch(jane(NOON + 1), "first");
  for (const _ of "12") stop?.();
  for (const name of ["second", "third"]) watch(jane(NOON + 1), name);
  stop?.();
  pass(1);
  await sweep();
  expect(ended).toEqual(["second: the token has expired", "third: the token has expired"]);
});

/** A sweep that ends when the test says so. */
const sweeping = () => {
  const { timers, pending, pass } = createTestTime();
  const sweeps: (() => void)[] = [];
  const stop = sweepRepeatedly({ sweep: () => new Promise((resolve) => sweeps.push(resolve)) }, timers);
  const endSweep = async () => {
    sweeps.at(-1)?.();
    await pass(0);
  };
  return { pending, pass, sweeps, stop, endSweep };
};

it("sweeps half a second after the last sweep has ended, never twice at once", async () => {
  const { pass, sweeps, endSweep } = sweeping();
  await pass(499);
  expect(sweeps).toEqual([]);
  await pass(5001);
  expect(sweeps).toHaveLength(1);
  await endSweep();
  await pass(500);
  expect(sweeps).toHaveLength(2);
});

it.each([
  ["before", 0],
  ["during", 500],
])("stops %s a sweep, and does not begin another", async (_, ms) => {
  const { pending, pass, stop, endSweep } = sweeping();
  await pass(ms);
  stop();
  await endSweep();
  expect(pending()).toBe(0);
});
