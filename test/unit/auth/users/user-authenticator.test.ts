// Who is let in with a user's token, what is asked of the store for it, and what the log learns.
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import type { Authenticator, Credentials } from "../../../../server/auth/authenticator.ts";
import { type TokenHasher, tokenHasher } from "../../../../server/auth/users/token-hash.ts";
import { userAuthenticator } from "../../../../server/auth/users/user-authenticator.ts";
import { createUserCache } from "../../../../server/auth/users/user-cache.ts";
import { newUserToken } from "../../../../server/auth/users/user-token.ts";
import { sqlUsers } from "../../../../server/auth/users/users.sql.ts";
import type { NewUser, Users } from "../../../../server/auth/users/users.ts";
import type { Clock } from "../../../../server/clock.ts";
import { Secret } from "../../../../server/secret.ts";
import { openSqlite } from "../../../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../../../server/store/migrations.fs.ts";

const NOON = 1_763_640_000_000;
const bob: NewUser = { name: "bob", roles: ["support"], profiles: ["default"], limits: {} };
const hasher = tokenHasher(new Secret("the key of the tokens' hashes..."));
const rejected = (cause: string) => ({
  code: "credentials-rejected",
  detail: expect.not.stringContaining(cause),
  cause: { message: expect.stringContaining(cause) },
});

const showing = (bearer: string | undefined): Credentials => ({
  bearer,
  solution: undefined,
  query: "",
  request: () => ({ method: "GET", target: "/tools", headers: {} }),
  origin: () => ({
    address: "",
    network: "",
    host: undefined,
    origin: undefined,
    fetchSite: undefined,
    forwarded: false,
  }),
});

/** A door over a real table with bob in it, and a clock that stands still until it is moved. */
const openDoor = async (change: { users?: Partial<Users>; hasher?: TokenHasher } = {}) => {
  const database = await openSqlite(":memory:", loadMigrations());
  const users = sqlUsers(database);
  const { text, prefix } = newUserToken(randomBytes);
  await users.add(bob, { prefix, ...hasher.hash({ text, prefix }) }, NOON);
  let passed = 0;
  let asked = 0;
  const untouched: unknown[] = [];
  const clock: Clock = { now: () => NOON + passed, monotonic: () => passed };
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

const settle = async (answer: ReturnType<Authenticator>) =>
  typeof answer === "function" ? answer() : answer;

it("knows the user with roles, profiles and limits, and nothing of the token", async () => {
  const { enter, token, prefix } = await openDoor();
  const caller = await enter(token);
  expect(caller).toEqual({
    kind: "user",
    id: "user:bob",
    ...bob,
    tokenPrefix: prefix,
    endsAt: undefined,
  });
});

it("leaves every other credential to the other doors", async () => {
  const { authenticate } = await openDoor();
  for (const bearer of [undefined, "", "alice-0123456789", "eyJ.e30.x", "RKB_x"]) {
    expect(authenticate(showing(bearer))).toBeUndefined();
  }
});

it("refuses what only looks like a token, without asking the store", async () => {
  const door = await openDoor();
  for (const bearer of ["rkb_", "rkb_bob", `${door.token}x`, door.token.slice(0, -1), `${door.token} `]) {
    await expect(door.enter(bearer)).rejects.toMatchObject(rejected("has not the form"));
  }
  expect(door.asked).toBe(0);
});

it("refuses unknown tokens and wrong secrets, and tells them apart in the log only", async () => {
  const { enter, token, prefix } = await openDoor();
  const stranger = newUserToken(randomBytes);
  await expect(enter(stranger.text)).rejects.toMatchObject(rejected(`${stranger.prefix} is unknown`));
  const forged = token.slice(0, 17) + stranger.text.slice(17);
  await expect(enter(forged)).rejects.toMatchObject(rejected(`${prefix} has a wrong secret`));
});

it("refuses a disabled user, and lets the enabled one in again", async () => {
  const { enter, users, token } = await openDoor();
  await users.disable("bob", NOON);
  await expect(enter(token)).rejects.toMatchObject(rejected("is bob's, who is disabled"));
  await users.enable("bob");
  expect(await enter(token)).toMatchObject({ id: "user:bob" });
});

it("says in the log that the key of the hashes was changed", async () => {
  const { enter, token } = await openDoor({ hasher: tokenHasher(new Secret("another key")) });
  await expect(enter(token)).rejects.toMatchObject(rejected("made with another TOKEN_HASH_KEY"));
});

it("lets the old token in until the overlap ends, to the millisecond", async () => {
  const { enter, users, token, pass } = await openDoor();
  await users.rotate("bob", { prefix: "another", hash: "h", keyId: "k" }, NOON, NOON + 100);
  pass(99);
  expect(await enter(token)).toMatchObject({ id: "user:bob" });
  pass(1);
  await expect(enter(token)).rejects.toMatchObject(rejected("has expired"));
});

it("asks the store once in half a second, so that a disabled user is out after it", async () => {
  const door = await openDoor();
  await door.enter(door.token);
  await door.users.disable("bob", NOON);
  door.pass(499);
  expect(await door.enter(door.token)).toMatchObject({ id: "user:bob" });
  expect(door.asked).toBe(1);
  door.pass(1);
  await expect(door.enter(door.token)).rejects.toMatchObject({ code: "credentials-rejected" });
  await door.users.enable("bob");
  expect(await door.enter(door.token)).toMatchObject({ id: "user:bob" });
});

it("counts the half second from when the store was asked, not from when it answered", async () => {
  const slow = { pass: (_ms: number) => {} };
  const other = await openDoor();
  const door = await openDoor({
    users: {
      find: async () => {
        slow.pass(600);
        return other.users.find(other.prefix);
      },
    },
  });
  slow.pass = door.pass;
  await door.enter(other.token);
  await door.enter(other.token);
  expect(door.asked).toBe(2);
});

it("does not remember whom it refused", async () => {
  const door = await openDoor();
  const { text } = newUserToken(randomBytes);
  for (let times = 0; times < 3; times += 1) await expect(door.enter(text)).rejects.toThrow();
  expect(door.asked).toBe(3);
});

it("writes the last use once a minute", async () => {
  let writes = 0;
  const touch = async () => {
    writes += 1;
  };
  const door = await openDoor({ users: { touch } });
  for (let seconds = 0; seconds <= 60; seconds += 1) {
    await door.enter(door.token);
    door.pass(1000);
  }
  expect(writes).toBe(2);
});

it("goes on when the last use cannot be written, and waits for nobody", async () => {
  const failing = await openDoor({ users: { touch: async () => Promise.reject(new Error("full")) } });
  expect(await failing.enter(failing.token)).toMatchObject({ id: "user:bob" });
  expect(failing.untouched).toEqual([new Error("full")]);
  const stuck = await openDoor({ users: { touch: () => new Promise(() => {}) } });
  expect(await stuck.enter(stuck.token)).toMatchObject({ id: "user:bob" });
});

it("lets nobody in when the store does not answer, and says when to come back", async () => {
  const door = await openDoor();
  await door.database.close();
  await expect(door.enter(door.token)).rejects.toMatchObject({
    code: "store-unavailable",
    status: 503,
    headers: { "retry-after": "1" },
    cause: { message: expect.stringContaining("not open") },
  });
});

it("takes damage in the table for no answer, not for an open door", async () => {
  const door = await openDoor();
  await door.database.run("update users set profiles = 'everything'");
  await expect(door.enter(door.token)).rejects.toMatchObject({ code: "store-unavailable" });
});

it("remembers ten thousand at most, and forgets the oldest first", () => {
  const cache = createUserCache();
  const clock: Clock = { now: () => 0, monotonic: () => 0 };
  for (let index = 0; index <= 10_000; index += 1) {
    const caller = { kind: "guest", id: String(index) } as const;
    cache.remember(String(index), { caller, askedAt: 0, expiresAt: undefined });
  }
  expect(cache.find("0", clock)).toBeUndefined();
  expect(cache.find("1", clock)?.id).toBe("1");
  expect(cache.find("10000", clock)?.id).toBe("10000");
});
