// Reading bodies in turns of the event loop: as much as one turn takes, and the rest in their order.
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createBodyTurns } from "../../../../server/http/request/body-turns.ts";

const PIECE = 64 * 1024;

it("lets a turn's bytes be read at once, and the others wait for later turns in their order", async () => {
  const turns = createBodyTurns();
  const resumed: number[] = [];
  const read = (body: number) => turns.mayGoOn(PIECE, () => resumed.push(body));
  const first = Array.from({ length: 20 }, (_, body) => read(body));
  expect(first).toEqual([...Array(7).fill(true), ...Array(13).fill(false)]);
  expect(resumed).toEqual([]);
  await nextTurn();
  expect(resumed).toEqual([7, 8, 9, 10, 11, 12, 13, 14]);
  await nextTurn();
  expect(resumed).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  await nextTurn();
  expect(read(20)).toBe(true);
});

it("lets nobody overtake those who wait", () => {
  const turns = createBodyTurns();
  while (turns.mayGoOn(PIECE, () => {}));
  expect(turns.mayGoOn(1, () => {})).toBe(false);
});
