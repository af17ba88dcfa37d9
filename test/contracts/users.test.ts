// Users are kept the same way on SQLite and on Postgres.
import { describe, expect, it as test } from "vitest";
import { sqlUsers } from "../../server/auth/users/users.sql.ts";
import type { NewToken, NewUser, Users } from "../../server/auth/users/users.ts";
import { databases } from "../support/databases.ts";

const NOON = 1_763_640_000_000;
const HOUR = 3_600_000;
const plain = (name: string): NewUser => ({ name, roles: [], profiles: undefined, limits: {} });
const token = (prefix: string): NewToken => ({ prefix, hash: `hash of ${prefix}`, keyId: "key" });

describe.each(databases)("%s", (_, open) => {
  const it = (sentence: string, check: (users: Users) => Promise<void>) =>
    test(sentence, async () => {
      await using opened = await open();
      await check(sqlUsers(opened.database));
    });

  it("finds a user by the token's prefix, as the user was added", async (users) => {
    const bob: NewUser = {
      name: "bob@example.com",
      roles: ["support", "read:voice"],
      profiles: ["default", "dictation"],
      team: "Customer Care",
      limits: { mints: [{ count: 5, per: "minute" }], tool_calls: [] },
    };
    expect(await users.add(bob, token("b1"), NOON)).toBe(true);
    expect(await users.find("b1")).toEqual({
      user: { ...bob, createdAt: NOON, lastUsedAt: undefined, disabledAt: undefined },
      token: { ...token("b1"), expiresAt: undefined },
    });
    expect(await users.find("b2")).toBeUndefined();
    expect(await users.find("B1")).toBeUndefined();
  });

  it("tells no profiles of its own from an empty list", async (users) => {
    await users.add(plain("any"), token("a"), NOON);
    await users.add({ ...plain("none"), profiles: [] }, token("n"), NOON);
    expect((await users.find("a"))?.user.profiles).toBeUndefined();
    expect((await users.find("n"))?.user.profiles).toEqual([]);
  });

  it("never overwrites a user", async (users) => {
    await users.add({ ...plain("bob"), roles: ["first"] }, token("b1"), NOON);
    await users.disable("bob", NOON);
    expect(await users.add({ ...plain("bob"), roles: ["second"] }, token("b2"), NOON)).toBe(false);
    expect((await users.find("b1"))?.user).toMatchObject({ roles: ["first"], disabledAt: NOON });
    expect(await users.find("b2")).toBeUndefined();
  });

  it("adds no user whose token has another's prefix", async (users) => {
    await users.add(plain("bob"), token("same"), NOON);
    await expect(users.add(plain("eve"), token("same"), NOON)).rejects.toThrow(/unique/i);
    expect((await users.list()).map(({ name }) => name)).toEqual(["bob"]);
    expect((await users.find("same"))?.user.name).toBe("bob");
  });

  it("adds one of many who come at once with the same name", async (users) => {
    const added = await Promise.all(
      Array.from({ length: 10 }, (_each, index) => users.add(plain("bob"), token(`b${index}`), NOON)),
    );
    expect(added.filter(Boolean)).toHaveLength(1);
    expect((await users.list()).map(({ tokens }) => tokens.length)).toEqual([1]);
  });

  it("rotates with an overlap, and ends what has ended before at its own time", async (users) => {
    await users.add(plain("bob"), token("b1"), NOON);
    expect(await users.rotate("bob", token("b2"), NOON, NOON + HOUR)).toBe(true);
    expect(await users.rotate("bob", token("b3"), NOON + 1, NOON + 2 * HOUR)).toBe(true);
    const ends = async (prefix: string) => (await users.find(prefix))?.token.expiresAt;
    expect([await ends("b1"), await ends("b2"), await ends("b3")]).toEqual([
      NOON + HOUR,
      NOON + 2 * HOUR,
      undefined,
    ]);
  });

  it("rotates at once, and forgets tokens that have ended", async (users) => {
    await users.add(plain("bob"), token("b1"), NOON);
    await users.add(plain("eve"), token("e1"), NOON);
    await users.rotate("bob", token("b2"), NOON, NOON);
    const [bob, eve] = await users.list();
    expect(bob?.tokens.map(({ prefix }) => prefix)).toEqual(["b2"]);
    expect(eve?.tokens).toEqual([{ ...token("e1"), expiresAt: undefined }]);
  });

  it("gives the first token to a user who had none", async (users) => {
    await users.add(plain("carol"), undefined, NOON);
    expect(await users.rotate("carol", token("c1"), NOON, NOON + HOUR)).toBe(true);
    expect((await users.find("c1"))?.user.name).toBe("carol");
  });

  it("changes what an operator decides, and says whether that was a change", async (users) => {
    await users.add({ ...plain("bob"), roles: ["first"], profiles: ["default"] }, token("b1"), NOON);
    const limits = { mints: [{ count: 5, per: "minute" as const }] };
    const edited = { roles: ["second"], profiles: undefined, team: "sales", limits };
    expect(await users.change("bob", () => edited)).toEqual({
      user: { name: "bob", ...edited },
      isChanged: true,
    });
    expect(await users.change("bob", () => edited)).toMatchObject({ isChanged: false });
    expect((await users.find("b1"))?.user).toMatchObject({ ...edited, createdAt: NOON });
    expect(await users.change("eve", () => expect.unreachable())).toBeUndefined();
  });

  it("loses none of the changes that come at once", async (users) => {
    await users.add(plain("bob"), token("b1"), NOON);
    const grow = () => users.change("bob", (user) => ({ ...user, roles: [...user.roles, "more"] }));
    await Promise.all(Array.from({ length: 10 }, grow));
    expect((await users.find("b1"))?.user.roles).toHaveLength(10);
  });

  it("names each role that a user has, once", async (users) => {
    expect(await users.roles()).toEqual([]);
    await users.add({ ...plain("bob"), roles: ["a", "b"] }, undefined, NOON);
    await users.add({ ...plain("eve"), roles: ["b", "c"] }, undefined, NOON);
    expect((await users.roles()).sort()).toEqual(["a", "b", "c"]);
  });

  it("disables and enables, and keeps the first moment of being disabled", async (users) => {
    await users.add(plain("bob"), token("b1"), NOON);
    const disabledAt = async () => (await users.find("b1"))?.user.disabledAt;
    expect(await users.disable("bob", NOON + 1)).toBe(true);
    expect(await users.disable("bob", NOON + 2)).toBe(true);
    expect(await disabledAt()).toBe(NOON + 1);
    expect(await users.enable("bob")).toBe(true);
    expect(await disabledAt()).toBeUndefined();
  });

  it("says which of many tokens still let their user in", async (users) => {
    for (const name of ["bob", "eve", "dan", "kim"]) await users.add(plain(name), token(`${name}1`), NOON);
    await users.rotate("eve", token("eve2"), NOON, NOON + HOUR);
    await users.disable("dan", NOON);
    await users.remove("kim");
    const asked = ["bob1", "eve1", "eve2", "dan1", "kim1", "nobody", ""];
    const at = async (now: number) => [...(await users.admitted(asked, now))].sort();
    expect(await at(NOON + HOUR - 1)).toEqual(["bob1", "eve1", "eve2"]);
    expect(await at(NOON + HOUR)).toEqual(["bob1", "eve2"]);
    await users.enable("dan");
    expect(await at(NOON + HOUR)).toEqual(["bob1", "dan1", "eve2"]);
    expect(await users.admitted([], NOON)).toEqual(new Set());
  });

  it("says so of thousands, each as if it were asked alone", async (users) => {
    await users.add(plain("bob"), token("b1"), NOON);
    await users.add(plain("eve"), token("e1"), NOON);
    for (const count of [1, 2, 3, 1022, 1023, 1024, 5000]) {
      const others = Array.from({ length: count }, (_each, index) => `nobodys${index}`);
      expect(await users.admitted(["b1", ...others, "e1"], NOON), String(count)).toEqual(
        new Set(["b1", "e1"]),
      );
    }
  });

  it("removes a user with all tokens, and no other", async (users) => {
    await users.add(plain("bob"), token("b1"), NOON);
    await users.rotate("bob", token("b2"), NOON, NOON + HOUR);
    await users.add(plain("eve"), token("e1"), NOON);
    expect(await users.remove("bob")).toBe(true);
    expect([await users.find("b1"), await users.find("b2")]).toEqual([undefined, undefined]);
    expect(await users.count()).toBe(1);
    expect(await users.add(plain("bob"), token("b1"), NOON)).toBe(true);
  });

  it("says that there is no such user", async (users) => {
    await users.add(plain("bob"), token("b1"), NOON);
    const answers = [
      await users.disable("Bob", NOON),
      await users.enable("bo"),
      await users.remove("bob "),
      await users.rotate("", token("x"), NOON, NOON),
    ];
    expect(answers).toEqual([false, false, false, false]);
    expect(await users.find("x")).toBeUndefined();
    await users.touch("nobody", NOON);
  });

  it("remembers the last use, and never an earlier one", async (users) => {
    await users.add(plain("bob"), token("b1"), NOON);
    await users.touch("bob", NOON + 5);
    await users.touch("bob", NOON + 3);
    expect((await users.find("b1"))?.user.lastUsedAt).toBe(NOON + 5);
  });

  it("lists by name, whatever the database's language", async (users) => {
    for (const name of ["b", "A", "a", "_", "B", "1"]) await users.add(plain(name), undefined, NOON);
    expect((await users.list()).map(({ name }) => name)).toEqual(["1", "A", "B", "_", "a", "b"]);
    expect(await users.count()).toBe(6);
  });

  it("takes a name for a name, whatever it would mean in SQL", async (users) => {
    const names = ["x'); drop table users; --", '"; delete from user_tokens', "%", "$1", "\\", "null"];
    for (const [index, name] of names.entries()) await users.add(plain(name), token(`t${index}`), NOON);
    for (const name of ["' or '1'='1", "_"]) expect(await users.disable(name, NOON)).toBe(false);
    expect(await users.find("' or ''='")).toBeUndefined();
    expect((await users.list()).map(({ name }) => name)).toEqual([...names].sort());
    expect(await users.remove("%")).toBe(true);
    expect(await users.count()).toBe(names.length - 1);
  });
});
