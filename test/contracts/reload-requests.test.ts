// Requests to read the configuration anew are kept the same way on SQLite and on Postgres.
import { describe, expect, it } from "vitest";
import { reloadRequests } from "../../server/compose/reload-requests.ts";
import { databases } from "../support/databases.ts";
import { createTestTime } from "../support/time.ts";

describe.each(databases)("%s", (_, open) => {
  it("commands that ask at the same moment each get a request of their own", async () => {
    await using opened = await open();
    const requests = reloadRequests(opened.database, createTestTime().clock);
    const asked = await Promise.all(Array.from({ length: 5 }, () => requests.ask()));
    expect(new Set(asked).size).toBe(5);
    expect(await requests.newest()).toBe(5);
  });

  it("requests of the week before are forgotten, and numbers go on", async () => {
    await using opened = await open();
    const { clock, pass } = createTestTime();
    const requests = reloadRequests(opened.database, clock);
    const first = await requests.ask();
    const replica = { id: "a", name: "web-1" };
    await requests.begin([first], replica);
    await requests.end([first], replica, { kind: "refused", problems: ["port: is wrong"] });
    await pass(8 * 86_400_000);
    expect(await requests.ask()).toBe(first + 1);
    await requests.ask();
    expect(await requests.answers(first)).toEqual([]);
  });
});
