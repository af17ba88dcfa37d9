// The memory and the time that request bodies take of each other.
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type BodyMemory,
  type BodyTurns,
  createBodyMemory,
  createBodyTurns,
} from "../../../../server/http/request/body-memory.ts";

const MIB = 1024 * 1024;
const memoryOf = (bytes: number): BodyMemory => createBodyMemory(bytes, () => {});
const overloaded = expect.objectContaining({ code: "overloaded" });

/** Opens bodies of one size until there is no room, and answers how many there were. */
const fill = (memory: BodyMemory, caller: string, bytes: number): number => {
  for (let count = 0; ; count += 1) {
    try {
      memory.open(caller).take(bytes);
    } catch (error) {
      expect(error).toEqual(overloaded);
      return count;
    }
  }
};

it("one caller's large bodies leave room for others, and for everybody's small ones", () => {
  const memory = memoryOf(256 * MIB);
  expect(fill(memory, "alice", 50 * MIB)).toBe(1);
  expect(fill(memory, "bob", 50 * MIB)).toBe(1);
  expect(fill(memory, "carol", 20 * MIB)).toBe(3);
  expect(fill(memory, "dave", 50 * MIB)).toBe(0);
  for (const caller of ["alice", "bob", "carol", "dave"]) memory.open(caller).take(MIB);
});

it("one caller's small bodies leave room for others' small ones", () => {
  const memory = memoryOf(256 * MIB);
  expect(fill(memory, "alice", MIB)).toBe(16 + 64);
  expect(fill(memory, "bob", MIB)).toBeGreaterThan(16);
});

it("a caller's only large body may take more than its share", () => {
  const memory = memoryOf(64 * MIB);
  const lease = memory.open("alice");
  for (let taken = 0; taken < 48; taken += 1) lease.take(MIB);
  expect(() => lease.take(MIB)).toThrow(overloaded);
  lease.release();
  memory.open("bob").take(48 * MIB);
});

it("all is given back, however it was taken and whatever was refused", () => {
  const step = fc.record({
    caller: fc.constantFrom("a", "b"),
    body: fc.nat(5),
    bytes: fc.nat(2 * MIB),
    ends: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = memoryOf(8 * MIB);
      const bodies = new Map<string, ReturnType<typeof memory.open>>();
      for (const { caller, body, bytes, ends } of steps) {
        const lease = bodies.get(caller + body) ?? memory.open(caller);
        bodies.set(caller + body, lease);
        try {
          lease.take(bytes);
        } catch (error) {
          expect(error).toEqual(overloaded);
        }
        if (ends) lease.release();
      }
      for (const lease of bodies.values()) lease.release();
      // All of what large bodies have, and all of what small ones have for one caller.
      memory.open("c").take(6 * MIB);
      expect(fill(memory, "c", MIB / 2)).toBe(1);
    }),
  );
});

it("what is given back can be taken again, and what was given back is not given twice", () => {
  const memory = memoryOf(64 * MIB);
  const lease = memory.open("alice");
  lease.take(20 * MIB);
  lease.take(20 * MIB);
  expect(() => memory.open("bob").take(20 * MIB)).toThrow(overloaded);
  lease.give(20 * MIB);
  memory.open("bob").take(20 * MIB);
  lease.release();
  lease.give(20 * MIB);
  expect(fill(memory, "carol", 28 * MIB)).toBe(1);
});

const CHUNK = 64 * 1024;

/** Turns that `next` begins by hand. */
const turnsByHand = (): { turns: BodyTurns; next(): void } => {
  let scheduled: (() => void) | undefined;
  const turns = createBodyTurns((work) => {
    scheduled = work;
  });
  return {
    turns,
    next: () => {
      const work = scheduled;
      scheduled = undefined;
      work?.();
    },
  };
};

it("one turn reads its share at once, and the other bodies go on in later turns in their order", () => {
  const { turns, next } = turnsByHand();
  const resumed: number[] = [];
  const read = (body: number) => turns.mayGoOn(CHUNK, () => resumed.push(body));
  const first = Array.from({ length: 20 }, (_, body) => read(body));
  expect(first).toEqual([...Array(7).fill(true), ...Array(13).fill(false)]);
  expect(resumed).toEqual([]);
  next();
  expect(resumed).toEqual([7, 8, 9, 10, 11, 12, 13, 14]);
  next();
  expect(resumed).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  next();
  expect(read(20)).toBe(true);
});

it("no body overtakes those that wait", () => {
  const { turns, next } = turnsByHand();
  while (turns.mayGoOn(CHUNK, () => {}));
  expect(turns.mayGoOn(1, () => {})).toBe(false);
  next();
  expect(turns.mayGoOn(1, () => {})).toBe(true);
});
