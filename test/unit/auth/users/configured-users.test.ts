// The users of broker.yaml at the start, over a real table.
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { useConfiguredUsers } from "../../../../server/auth/users/configured-users.ts";
import { tokenHasher } from "../../../../server/auth/users/token-hash.ts";
import { changeUser } from "../../../../server/auth/users/user-change.ts";
import { newUserToken } from "../../../../server/auth/users/user-token.ts";
import { sqlUsers } from "../../../../server/auth/users/users.sql.ts";
import { userSchema } from "../../../../server/auth/users/users.ts";
import { Secret } from "../../../../server/secret.ts";
import { openSqlite } from "../../../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../../../server/store/migrations.fs.ts";

const NOON = 1_763_640_000_000;
const hasher = tokenHasher(new Secret("the key of the tokens' hashes..."));

const open = async () => {
  const users = sqlUsers(await openSqlite(":memory:", loadMigrations("sqlite")));
  const create = (...entries: object[]) =>
    useConfiguredUsers(
      users,
      entries.map((entry) => userSchema.parse(entry)),
      hasher,
      NOON,
    );
  return { users, create };
};

it("creates each with token, roles, profiles and limits, and says how many", async () => {
  const { users, create } = await open();
  const token = newUserToken(randomBytes);
  const carol = {
    name: "carol",
    roles: ["support"],
    profiles: ["default"],
    limits: { mints: "5 per minute" },
  };
  expect(await create({ ...carol, token: token.text }, { name: "dave" })).toEqual({ created: 2, changed: 0 });
  expect(await users.find(token.prefix)).toMatchObject({
    user: { ...carol, limits: { mints: [{ count: 5, per: "minute" }] }, createdAt: NOON },
    token: hasher.hash(token),
  });
  expect((await users.list()).map(({ name, tokens }) => [name, tokens.length])).toEqual([
    ["carol", 1],
    ["dave", 0],
  ]);
});

it("gives a user who is there already what the entry says, and leaves tokens and being disabled", async () => {
  const { users, create } = await open();
  const token = newUserToken(randomBytes);
  await create({ name: "carol", roles: ["first"], limits: { mints: "5 per minute" } });
  await users.disable("carol", NOON);
  const second = { name: "carol", roles: ["second"], profiles: ["default"], limits: {}, token: token.text };
  expect(await create(second)).toEqual({ created: 0, changed: 1 });
  expect(await users.find(token.prefix)).toBeUndefined();
  expect(await users.list()).toMatchObject([
    { roles: ["second"], profiles: ["default"], limits: {}, disabledAt: NOON, tokens: [] },
  ]);
  expect(await create({ name: "carol", roles: [] })).toEqual({ created: 0, changed: 1 });
  expect(await users.list()).toMatchObject([{ roles: [], profiles: ["default"] }]);
});

it("leaves what the entry does not say as it was set by command", async () => {
  const { users, create } = await open();
  await create({ name: "carol" });
  const limits = { mints: [{ count: 1, per: "day" as const }] };
  await users.change("carol", changeUser({ clear: [], roles: ["support"], profiles: ["default"], limits }));
  expect(await create({ name: "carol" })).toEqual({ created: 0, changed: 0 });
  expect(await users.list()).toMatchObject([{ roles: ["support"], profiles: ["default"], limits }]);
});

it("starts again and again with the same entry", async () => {
  const { create } = await open();
  const carol = { name: "carol", token: newUserToken(randomBytes).text };
  expect(await create(carol)).toEqual({ created: 1, changed: 0 });
  expect(await create(carol)).toEqual({ created: 0, changed: 0 });
});

it("refuses another user's token, and names both", async () => {
  const { create } = await open();
  const { text } = newUserToken(randomBytes);
  await create({ name: "carol", token: text });
  await expect(create({ name: "karl", token: text })).rejects.toThrow("the token of karl is carol's already");
});

it("changes no user where one of them is refused", async () => {
  const { users, create } = await open();
  const { text } = newUserToken(randomBytes);
  await create({ name: "carol", token: text, roles: ["support"] });
  const refused = create(
    { name: "eve", roles: ["operator"] },
    { name: "carol" },
    { name: "karl", token: text },
  );
  await expect(refused).rejects.toThrow("is carol's already");
  expect(await users.list()).toMatchObject([{ name: "carol", roles: ["support"] }]);
});
