// The check of the audit trail finds what was done to its rows, on SQLite and on Postgres.
import { describe, expect, it as test } from "vitest";
import { type Link, sealerOf } from "../../server/audit/chain.ts";
import { Secret } from "../../server/secret.ts";
import { chainOf, NOON, testSealer } from "../support/audit.ts";
import { type AuditPlace, auditPlace, prepareChains } from "../support/audit-place.ts";
import { databases } from "../support/databases.ts";

const tampered: [string, string[], string[]][] = [
  [
    "a word that was changed",
    ["update audit_entries set body = replace(body, 'u3', 'u9') where chain = 'a' and number = 3"],
    ["a 3 was changed: its text does not fit its hash"],
  ],
  [
    "an entry that was deleted",
    ["delete from audit_entries where chain = 'b' and number = 4"],
    ["b 4 is missing between two others"],
  ],
  [
    "an end that was cut off",
    ["delete from audit_entries where chain = 'b' and number > 8"],
    ["b 9 and all up to 10 are missing at the end"],
  ],
  [
    "an end that was cut off together with the note of it, where an anchor names it",
    [
      "delete from audit_entries where chain = 'b' and number > 6",
      "update audit_chains set number = 6, anchored = 6 where chain = 'b'",
    ],
    ["b 7 and all up to 8 are missing at the end"],
  ],
  [
    "a chain that is gone",
    ["delete from audit_entries where chain = 'a'", "delete from audit_chains where chain = 'a'"],
    ["a 1 and all up to 5 are missing at the end"],
  ],
  [
    "entries that changed places",
    [
      "update audit_entries set number = 100 where chain = 'a' and number = 2",
      "update audit_entries set number = 2 where chain = 'a' and number = 3",
      "update audit_entries set number = 3 where chain = 'a' and number = 100",
    ],
    [
      "a 2 says of itself that it is entry 3 of a: entries changed places",
      "a 3 says of itself that it is entry 2 of a: entries changed places",
    ],
  ],
  [
    "a time that was changed beside the text",
    ["update audit_entries set at = at - 1000 where chain = 'a' and number = 1"],
    ["a 1 has another time or action in its columns than in its text: the columns were changed"],
  ],
  [
    "an anchor that was deleted",
    ["delete from audit_entries where chain = 'anchors'"],
    ["anchors 1 is missing at the end"],
  ],
];

describe.each(databases)("%s", (_, open) => {
  const it = (sentence: string, check: (place: AuditPlace) => Promise<void>) =>
    test(sentence, async () => {
      await using opened = await open();
      await check(auditPlace(opened.database));
    });

  for (const [what, statements, expected] of tampered) {
    it(`finds ${what}, and says where`, async (place) => {
      await prepareChains(place);
      for (const statement of statements) await place.database.run(statement);
      expect(await place.complaints()).toEqual(expected);
    });
  }

  it("finds a past that was written anew with the key, by an anchor that the log has", async (place) => {
    await prepareChains(place);
    const anchor = (await place.store.chain("anchors", 0, 1))[0] as Link;
    await place.database.run("delete from audit_entries");
    await place.database.run("delete from audit_chains");
    await place.store.append(chainOf(4, "a"));
    await place.anchor();
    expect(await place.complaints()).toEqual([]);
    expect(await place.complaints({ anchor })).toEqual(["anchors 1 has another hash than the log says"]);
    expect(await place.complaints({ anchor: { number: 7, hash: "" } })).toEqual([
      "anchors 7 is missing, and the log has it",
    ]);
  });

  it("finds a chain that was added without the key", async (place) => {
    await prepareChains(place);
    const forger = sealerOf(new Secret("a key of an attacker's own making"));
    await place.store.append(
      chainOf(3, "c", forger).map((each) => ({ ...each, seal: `${testSealer.keyId}:x` })),
    );
    expect(await place.complaints()).toEqual(
      [1, 2, 3].map(
        (number) => `c ${number} was written or changed without the service's key: its seal is wrong`,
      ),
    );
  });

  it("says so once for each chain when the key is another one, and not of what is older than asked for", async (place) => {
    await place.store.append(chainOf(5, "a", sealerOf(new Secret("the key of last year, long enough"))));
    await place.anchor();
    expect(await place.complaints()).toEqual([expect.stringMatching(/^a 1 has a seal of another key/)]);
    expect(await place.complaints({ since: NOON + 100 })).toEqual([]);
  });

  it("checks only what is newer than a moment, and the hash at its edge", async (place) => {
    await prepareChains(place);
    const change = (number: number) =>
      place.database.run("update audit_entries set body = 'x' where chain = 'b' and number = $1", [number]);
    await change(2);
    expect(await place.complaints({ since: NOON + 6 })).toEqual([]);
    await change(7);
    expect(await place.complaints({ since: NOON + 6 })).toEqual([
      "b 7 was changed: its text does not fit its hash",
    ]);
    await place.database.run("delete from audit_entries where chain = 'a' and number = 5");
    expect(await place.complaints({ since: NOON + 6 })).toContain("a 5 is missing at the end");
  });
});
