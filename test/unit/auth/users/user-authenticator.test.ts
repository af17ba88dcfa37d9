// Which users' tokens are accepted, what the store is asked for them, and what the log says.
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import type { Credentials } from "../../../../server/auth/authenticator.ts";
import { type TokenHasher, tokenHasher } from "../../../../server/auth/users/token-hash.ts";
import { userAuthenticator } from "../../../../server/auth/users/user-authenticator.ts";
import { newUserToken } from "../../../../server/auth/users/user-token.ts";
import { sqlUsers } from "../../../../server/auth/users/users.sql.ts";
import type { NewUser, Users } from "../../../../server/auth/users/users.ts";
import type { Clock } from "../../../../server/clock.ts";
import { Secret } from "../../../../server/secret.ts";
import { openSqlite } from "../../../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../../../server/store/migrations.fs.ts";
import { credentialsWith, settle } from "../../../support/credentials.ts";

const NOON = 1_763_640_000_000;
const bob: NewUser = { name: "bob", roles: ["support"], profiles: ["default"], limits: {} };
const hasher = tokenHasher(new Secret("the key of the tokens' hashes..."));
const rejected = (cause: string) => ({
  code: "credentials-rejected",
  detail: expect.not.stringContaining(cause),
  cause: { message: expect.stringContaining(cause) },
});

const showing = (bearer: string | undefined): Credentials => credentialsWith({ bearer });

/** An authenticator over a real table with bob in it, and a clock that stands still until it is moved. */
const openStore = async (change: { users?: Partial<Users>; hasher?: TokenHasher } = {}) => {
  const database = await openSqlite(":memory:", loadMigrations("sqlite"));
  const users = sqlUsers(database);
  const { text, prefix } = newUserToken(randomBytes);
  await users.add(bob, { prefix, ...hasher.hash({ text, prefix }) }, NOON);
  let passed = 0;
  let asked = 0;
  const untouched: unknown[] = [];
  const clock: Clock = { now: () => NOON + passed, monotonic: () => 60_000 + passed };
  const authenticate = userAuthenticator({
    users: {
      touch: users.touch,
      ...change.users,
      find: (wanted) => {
        asked += 1;
        return (change.users?.find ?? users.find)(wanted);
      },
    },
    hasher: change.hasher ?? hasher,
    clock,
    onUntouched: (error) => untouched.push(error),
  });
  return {
    users,
    database,
    token: text,
    prefix,
    untouched,
    pass: (ms: number) => {
      passed += ms;
    },
    get asked() {
      return asked;
    },
    enter: async (bearer: string) => settle(authenticate(showing(bearer))),
    authenticate,
  };
};

it("knows the user with roles, profiles and limits, and nothing of the token", async () => {
  const { enter, token, prefix } = await openStore();
  const caller = await enter(token);
  expect(caller).toEqual({
    kind: "user",
    id: "user:bob",
    ...bob,
    tokenPrefix: prefix,
    endsAt: undefined,
  });
});

it("leaves every other credential to the other authenticators", async () => {
  const { authenticate } = await openStore();
  for (const bearer of [undefined, "", "alice-0123456789", "eyJ.e30.x", "RKB_x"]) {
    expect(authenticate(showing(bearer))).toBeUndefined();
  }
});

it("refuses what only looks like a token, without asking the store", async () => {
  const store = await openStore();
  for (const bearer of ["rkb_", "rkb_bob", `${store.token}x`, store.token.slice(0, -1), `${store.token} `]) {
    await expect(store.enter(bearer)).rejects.toMatchObject(rejected("has not the form"));
  }
  expect(store.asked).toBe(0);
});

it("refuses unknown tokens and wrong secrets, and tells them apart in the log only", async () => {
  const { enter, token, prefix } = await openStore();
  const stranger = newUserToken(randomBytes);
  await expect(enter(stranger.text)).rejects.toMatchObject(rejected(`${stranger.prefix} is unknown`));
  const forged = token.slice(0, 17) + stranger.text.slice(17);
  await expect(enter(forged)).rejects.toMatchObject(rejected(`${prefix} has a wrong secret`));
});

it("refuses a disabled user, and lets the enabled one in again", async () => {
  const { enter, users, token } = await openStore();
  await users.disable("bob", NOON);
  await expect(enter(token)).rejects.toMatchObject(rejected("is bob's, who is disabled"));
  await users.enable("bob");
  expect(await enter(token)).toMatchObject({ id: "user:bob" });
});

it("says in the log that the key of the hashes was changed", async () => {
  const { enter, token } = await openStore({ hasher: tokenHasher(new Secret("another key")) });
  await expect(enter(token)).rejects.toMatchObject(rejected("made with another TOKEN_HASH_KEY"));
});

it("lets the old token in until the overlap ends, to the millisecond", async () => {
  const { enter, users, token, pass } = await openStore();
  await users.rotate("bob", { prefix: "another", hash: "h", keyId: "k" }, NOON, NOON + 100);
  pass(99);
  expect(await enter(token)).toMatchObject({ id: "user:bob" });
  pass(1);
  await expect(enter(token)).rejects.toMatchObject(rejected("has expired"));
});

it("asks the store once in half a second, so that a disabled user is out after it", async () => {
  const store = await openStore();
  await store.enter(store.token);
  await store.users.disable("bob", NOON);
  store.pass(499);
  expect(await store.enter(store.token)).toMatchObject({ id: "user:bob" });
  expect(store.asked).toBe(1);
  store.pass(1);
  await expect(store.enter(store.token)).rejects.toMatchObject({ code: "credentials-rejected" });
  await store.users.enable("bob");
  expect(await store.enter(store.token)).toMatchObject({ id: "user:bob" });
});

it("counts the half second from when the store was asked, not from when it answered", async () => {
  const slow = { pass: (_ms: number) => {} };
  const other = await openStore();
  const store = await openStore({
    users: {
      find: async () => {
        slow.pass(600);
        return other.users.find(other.prefix);
      },
    },
  });
  slow.pass = store.pass;
  await store.enter(other.token);
  await store.enter(other.token);
  expect(store.asked).toBe(2);
});

it("does not remember whom it refused", async () => {
  const store = await openStore();
  const { text } = newUserToken(randomBytes);
  for (let times = 0; times < 3; times += 1) await expect(store.enter(text)).rejects.toThrow();
  expect(store.asked).toBe(3);
});

it("writes the last use once a minute", async () => {
  let writes = 0;
  const touch = async () => {
    writes += 1;
  };
  const store = await openStore({ users: { touch } });
  for (let seconds = 0; seconds <= 60; seconds += 1) {
    await store.enter(store.token);
    store.pass(1000);
  }
  expect(writes).toBe(2);
});

it("goes on when the last use cannot be written, and does not wait for it", async () => {
  const failing = await openStore({ users: { touch: async () => Promise.reject(new Error("full")) } });
  expect(await failing.enter(failing.token)).toMatchObject({ id: "user:bob" });
  expect(failing.untouched).toEqual([new Error("full")]);
  const stuck = await openStore({ users: { touch: () => new Promise(() => {}) } });
  expect(await stuck.enter(stuck.token)).toMatchObject({ id: "user:bob" });
});

it("accepts no token when the store does not answer, and says when to come back", async () => {
  const store = await openStore();
  await store.database.close();
  await expect(store.enter(store.token)).rejects.toMatchObject({
    code: "store-unavailable",
    status: 503,
    headers: { "retry-after": "1" },
    cause: { message: expect.stringContaining("not open") },
  });
});

it("takes damage in the table for no answer, and lets no caller in", async () => {
  const store = await openStore();
  await store.database.run("update users set profiles = 'everything'");
  await expect(store.enter(store.token)).rejects.toMatchObject({ code: "store-unavailable" });
});
