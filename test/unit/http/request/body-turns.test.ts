// How much of all bodies one turn of the event loop reads, and in which order the others go on.
import { expect, it } from "vitest";
import { type BodyTurns, createBodyTurns } from "../../../../server/http/request/body-turns.ts";

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
