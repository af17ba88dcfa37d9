// Who is cut off for taking an answer too slowly.
import { expect, it } from "vitest";
import { slowReaders } from "../../../../server/http/server/slow-readers.ts";

const reader = (writableLength = 0) => {
  const state = {
    writableLength,
    bytesWritten: writableLength,
    closed: false,
    destroy: () => (state.closed = true),
  };
  return state;
};

it("cuts off whoever has had something to take for too long", () => {
  const readers = slowReaders(1000);
  const [stuck, idle] = [reader(10), reader()];
  for (const each of [stuck, idle]) readers.add(each);
  for (const now of [0, 500, 1000]) readers.sweep(now);
  expect(stuck.closed).toBe(false);
  readers.sweep(1001);
  expect([stuck.closed, idle.closed]).toEqual([true, false]);
});

it("keeps whoever takes all of it now and then", () => {
  const readers = slowReaders(1000);
  const steady = reader();
  readers.add(steady);
  for (let now = 0; now < 10_000; now += 500) {
    steady.writableLength = now % 1000;
    readers.sweep(now);
  }
  expect(steady.closed).toBe(false);
});

it("keeps whoever goes on taking, though never all of it, and not who takes next to nothing", () => {
  const readers = slowReaders(1000);
  const [steady, dripping] = [reader(10_000), reader(10_000)];
  for (const each of [steady, dripping]) readers.add(each);
  for (let now = 0; now < 10_000; now += 500) {
    steady.bytesWritten += 512;
    dripping.bytesWritten += 1;
    readers.sweep(now);
  }
  expect([steady.closed, dripping.closed]).toEqual([false, true]);
});

it("forgets who has gone", () => {
  const readers = slowReaders(1000);
  const gone = reader(10);
  readers.add(gone);
  readers.sweep(0);
  readers.remove(gone);
  readers.sweep(5000);
  expect(gone.closed).toBe(false);
});
