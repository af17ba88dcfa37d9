// Postgres behind PgBouncer, which lends a connection for one transaction only.
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { Secret } from "../../server/secret.ts";
import { openPostgres, readPostgres } from "../../server/store/database.postgres.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { startPgBouncer, type TestPooler } from "../support/pgbouncer.ts";
import { createDatabase } from "../support/postgres.ts";

let pooler: TestPooler;
beforeAll(async () => {
  pooler = await startPgBouncer(inject("postgresUrl"));
});
afterAll(() => pooler[Symbol.asyncDispose]());

it("says what the address lacks where a pooler is in front", async () => {
  await using database = await createDatabase();
  const url = new Secret(pooler.through(database.url));
  await expect(openPostgres(url, [], () => {})).rejects.toThrow("add ?pgbouncer=true to the address");
});

it("makes the service's tables, and reads reports, through a pooler", async () => {
  await using place = await createDatabase();
  const url = new Secret(`${pooler.through(place.url)}?pgbouncer=true`);
  const database = await openPostgres(url, loadMigrations("postgres"), () => {});
  const reader = readPostgres(url, () => {});
  const found = await Promise.all(
    Array.from({ length: 8 }, () => reader.all("select current_setting('statement_timeout') as timeout")),
  );
  expect(new Set(found.flat().map(({ timeout }) => timeout)).size).toBe(1);
  expect(await reader.all("select count(*) as count from usage_records")).toEqual([{ count: 0 }]);
  // What a report sets holds for its transaction only.
  expect(await database.all("show work_mem")).toEqual([{ work_mem: "4MB" }]);
  expect(await database.all("show statement_timeout")).toEqual([{ statement_timeout: "0" }]);
  await reader.close();
  await database.close();
});
