// Whatever is done to a chain is found, and an untouched one never gives an alarm.
import fc from "fast-check";
import { expect, it } from "vitest";
import { hashOf, type Link, sealerOf } from "../../../server/audit/chain.ts";
import { Secret } from "../../../server/secret.ts";
import { chainOf, findingsIn, testSealer } from "../../support/audit.ts";

const chain = chainOf(30);
const index = fc.nat({ max: chain.length - 1 });
const found = (rows: readonly Link[], last = chain.length) => findingsIn(rows, last);

it("finds nothing in a chain that nobody touched, however long it is", () => {
  for (const length of [0, 1, 2, 30]) expect(findingsIn(chainOf(length))).toEqual([]);
});

const other = (value: string | number, at: number): string | number => {
  if (typeof value === "number") return value + 1;
  const position = at % value.length;
  const replaced = value[position] === "x" ? "y" : "x";
  return value.slice(0, position) + replaced + value.slice(position + 1);
};

it("finds any character or number that was changed, in any column", () => {
  const column = fc.constantFrom("at", "action", "body", "hash", "seal", "number", "chain" as const);
  fc.assert(
    fc.property(index, column, fc.nat(), (row, name, at) => {
      const changed = chain.map((each, place) =>
        place === row ? { ...each, [name]: other(each[name as keyof Link], at) } : each,
      );
      expect(found(changed)).not.toEqual([]);
    }),
  );
});

it("finds any entry that is missing, and says which", () => {
  fc.assert(
    fc.property(index, (row) => {
      const [finding, more] = found(chain.filter((_, place) => place !== row));
      expect(finding).toMatchObject({
        chain: "c1",
        number: row + 1,
        wrong: expect.stringMatching(/missing/),
      });
      expect(more).toBeUndefined();
    }),
  );
});

it("finds two entries that changed places, also where their numbers were changed with them", () => {
  fc.assert(
    fc.property(index, index, (a, b) => {
      fc.pre(a !== b);
      const [first, second] = [chain[a], chain[b]] as [Link, Link];
      const swapped = chain
        .with(a, { ...second, number: first.number })
        .with(b, { ...first, number: second.number });
      const places = found(swapped).map(({ number, wrong }) => [number, wrong.includes("changed places")]);
      expect(places).toContainEqual([a + 1, true]);
      expect(places).toContainEqual([b + 1, true]);
    }),
  );
});

it("finds a chain whose end was cut off, where its length is known", () => {
  expect(found(chain.slice(0, 25))).toEqual([
    expect.objectContaining({ number: 26, wrong: "and all up to 30 are missing at the end" }),
  ]);
});

it("finds an entry that was written anew with its hash, but without the key", () => {
  const [forged] = chainOf(30, "c1", sealerOf(new Secret("an attacker's key")));
  const body = chain[4]?.body.replace("user:u5", "user:eve") ?? "";
  const hash = hashOf(body);
  const changed = chain.with(4, { ...(chain[4] as Link), body, hash });
  expect(found(changed).map(({ number, wrong }) => `${number} ${wrong}`)).toEqual([
    "5 was written or changed without the service's key: its seal is wrong",
    "6 does not follow the entry before it: one of the two was replaced",
  ]);
  const [alone] = findingsIn([forged as Link]);
  expect(alone?.wrong).toMatch(/^has a seal of another key/);
});

it("finds an end that was made anew by the key's holder, where the entry before it is still known", () => {
  const anew = chainOf(30).map((each) => each);
  const body = anew[9]?.body.replace("user:u10", "user:eve") ?? "";
  const hash = hashOf(body);
  const rewritten = anew.with(9, { ...(anew[9] as Link), body, hash, seal: testSealer.seal(hash) });
  expect(found(rewritten)).toEqual([expect.objectContaining({ number: 11 })]);
});

it("tells once that all seals are of another key", () => {
  expect(findingsIn(chainOf(10, "c1", sealerOf(new Secret("the key of last year"))))).toHaveLength(1);
});
