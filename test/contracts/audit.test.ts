// The audit trail is kept, anchored and shortened the same way on SQLite and on Postgres.
import { describe, expect, it as test } from "vitest";
import { link, readBody } from "../../server/audit/chain.ts";
import { chainOf, entryOf, NOON, testSealer } from "../support/audit.ts";
import { type AuditPlace, auditPlace, prepareChains } from "../support/audit-place.ts";
import { databases } from "../support/databases.ts";
import type { TestTime } from "../support/time.ts";

const DAY = 86_400_000;

describe.each(databases)("%s", (_, open) => {
  const it = (sentence: string, check: (place: AuditPlace) => Promise<void>) =>
    test(sentence, async () => {
      await using opened = await open();
      await check(auditPlace(opened.database));
    });

  it("gives back entries in their order, by chain and by time", async ({ store }) => {
    const links = chainOf(5);
    await store.append(links);
    expect(await store.chain("c1", 2, 2)).toEqual(links.slice(2, 4));
    expect(await store.newest(2)).toEqual(links.slice(3));
    expect(await store.between(NOON + 2, NOON + 5, undefined, 10)).toEqual(links.slice(1, 4));
    expect(await store.between(0, NOON + 100, links[2], 10)).toEqual(links.slice(3));
    expect(await store.heads()).toEqual([{ chain: "c1", number: 5, hash: links[4]?.hash }]);
  });

  it("keeps what is there already, so that a batch can be written twice", async ({ store, complaints }) => {
    const links = chainOf(3);
    await store.append(links);
    await store.append(chainOf(3, "c1").map((each) => ({ ...each, body: "another" })));
    expect(await store.chain("c1", 0, 10)).toEqual(links);
    expect(await complaints()).toEqual([]);
  });

  it("lets many write to one chain at once", async ({ store, complaints }) => {
    const write = (index: number) =>
      store.appendShared("cli", (before) => link(entryOf(index), "cli", before, testSealer));
    await Promise.all(Array.from({ length: 20 }, (_each, index) => write(index)));
    expect((await store.chain("cli", 0, 100)).map(({ number }) => number)).toEqual(
      Array.from({ length: 20 }, (_each, index) => index + 1),
    );
    expect(await complaints()).toEqual([]);
  });

  it("names each chain's head in an anchor once it has grown, and tells the log", async (place) => {
    const { store, logs, anchor, complaints } = place;
    await store.append(chainOf(2, "a"));
    await store.append(chainOf(3, "b"));
    await Promise.all([anchor(), anchor()]);
    await anchor();
    await store.append(chainOf(4, "b").slice(3));
    await anchor();
    const anchors = await store.chain("anchors", 0, 10);
    const named = anchors.map(({ body }) => readBody(body)?.details.chains);
    expect(named).toEqual([
      [
        { chain: "a", number: 2, hash: expect.any(String) },
        { chain: "b", number: 3, hash: expect.any(String) },
      ],
      [{ chain: "b", number: 4, hash: expect.any(String) }],
    ]);
    expect(logs.map(({ event, number, hash }) => [event, number, hash])).toEqual(
      anchors.map(({ number, hash }) => ["audit-anchor", number, hash]),
    );
    expect(await complaints()).toEqual([]);
  });

  it("deletes what is older than the retention, without a false alarm, and without hiding a deletion", async (place) => {
    const { store, time, expire, complaints } = place;
    await prepareChains(place);
    const late = entryOf(11, { at: NOON + 40 * DAY });
    const [, last] = await store.chain("b", 8, 2);
    await store.append([link(late, "b", last, testSealer)]);
    await time.pass(31 * DAY);
    expect(await Promise.all([expire(), turns(time)])).toContain(true);
    expect(await store.chain("a", 0, 10)).toEqual([]);
    expect((await store.chain("b", 0, 20)).map(({ number }) => number)).toEqual([11]);
    expect(await complaints()).toEqual([]);
    expect(await complaints({ since: NOON + 39 * DAY })).toEqual([]);
    const entries = await store.chain("anchors", 0, 10);
    expect(entries.map(({ action }) => action)).toEqual(["anchor", "entries-expired"]);
    await place.database.run("delete from audit_entries where chain = 'b'");
    expect(await complaints()).toEqual(["b 11 is missing at the end"]);
  });

  it("deletes more than one run takes", async (place) => {
    const { store, time, expire, complaints } = place;
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) await store.append(chainOf(40, name));
    await store.append(chainOf(1500, "long"));
    await time.pass(40 * DAY);
    await Promise.all([expire(), turns(time)]);
    expect((await store.between(0, NOON + DAY, undefined, 10)).map(({ chain }) => chain)).toEqual([]);
    expect(await complaints()).toEqual([]);
  });
});

/** Turns of the event loop until the work is done that asks for them. */
const turns = async (time: TestTime): Promise<void> => {
  for (let quiet = 0; quiet < 50; quiet = time.pending() > 0 ? 0 : quiet + 1) {
    await time.pass(0);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
