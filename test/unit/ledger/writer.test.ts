// From segments to the database: in order, once, and through every failure.
import { expect, it } from "vitest";
import { type Entry, lineOf } from "../../../server/ledger/entry.ts";
import { memorySegments } from "../../../server/ledger/segments.memory.ts";
import type { LedgerStore } from "../../../server/ledger/store.ts";
import { createWriter, type Written } from "../../../server/ledger/writer.ts";
import { createTestTime } from "../../support/time.ts";
import { usageRecord } from "../../support/usage-records.ts";

const idOf = (entry: Entry) => ("record" in entry ? entry.record.requestId : "refusals");

/** A database that can be away, that refuses some records, and whose commits may go well unheard. */
const createStore = () => {
  const state = { isAway: false, isUnheard: false, refuses: "", ids: [] as string[], parts: 0 };
  const segments = new Map<string, number>();
  const store: LedgerStore = {
    writtenOf: async (segment) => {
      if (state.isAway) throw new Error("away");
      return segments.get(segment) ?? 0;
    },
    write: async ({ segment, from, to, entries }) => {
      if (state.isAway) throw new Error("away");
      if (entries.some((entry) => idOf(entry) === state.refuses)) throw new RangeError("refused");
      if ((segments.get(segment) ?? 0) !== from) return undefined;
      segments.set(segment, to);
      state.ids.push(...entries.map(idOf));
      state.parts += 1;
      if (!state.isUnheard) return entries.length;
      state.isUnheard = false;
      throw new Error("lost after the commit");
    },
    forget: async (segment) => void segments.delete(segment),
    isRefusal: (error) => error instanceof RangeError,
  };
  return { state, store };
};

const open = async (text: string) => {
  const time = createTestTime();
  const segments = memorySegments();
  const segment = await segments.create();
  const bytes = Buffer.from(text);
  await segment.write(bytes, 0);
  const { state, store } = createStore();
  const written: Written[] = [];
  const failures: unknown[] = [];
  const done: string[] = [];
  const writer = createWriter({
    ...{ segments, store, timers: time.timers },
    onWritten: (each) => written.push(each),
    onDone: (name) => done.push(name),
    onFailure: (error) => failures.push(error),
  });
  const whole = { name: segment.name, bytes: bytes.length, isWhole: true };
  return { time, segments, segment, state, writer, written, failures, done, whole };
};

const line = (id: string) => lineOf({ record: usageRecord(id) });
const idsTo = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

it("writes a segment as it grows, and removes it when it is whole", async () => {
  const { writer, segments, segment, state, done } = await open(line("a"));
  writer.add({ name: segment.name, bytes: line("a").length, isWhole: false });
  await writer.settled();
  expect(state.ids).toEqual(["a"]);
  await segment.write(Buffer.from(line("b")), line("a").length);
  const bytes = line("ab").length + line("").length;
  writer.add({ name: segment.name, bytes, isWhole: true });
  await writer.settled();
  expect(state.ids).toEqual(["a", "b"]);
  expect(done).toEqual([segment.name]);
  expect(await segments.read(segment.name, 0, 10)).toHaveLength(0);
});

it("writes many records in transactions of some thousand", async () => {
  const ids = idsTo(9876);
  const { writer, state, whole } = await open(ids.map(line).join(""));
  writer.add(whole);
  await writer.settled();
  expect(state.ids).toEqual(ids);
  expect(state.parts).toBe(3);
});

it("tries again while the database is away, less and less often, and then writes each record once", async () => {
  const { writer, state, whole, time, failures, written } = await open(line("a") + line("b"));
  state.isAway = true;
  writer.add(whole);
  await time.pass(60_000);
  expect(failures.length).toBeGreaterThan(10);
  expect(failures.length).toBeLessThan(25);
  state.isAway = false;
  state.isUnheard = true;
  await time.pass(20_000);
  expect(state.ids).toEqual(["a", "b"]);
  expect(written.map(({ records }) => records)).toEqual([]);
});

it("keeps out what the database refuses, and nothing beside it", async () => {
  const ids = idsTo(40);
  const { writer, state, whole, written, failures } = await open(ids.map(line).join(""));
  state.refuses = "r17";
  writer.add(whole);
  await writer.settled();
  expect(state.ids).toEqual(ids.filter((id) => id !== "r17"));
  expect(written.reduce((sum, { refused }) => sum + refused, 0)).toBe(1);
  expect(failures).toEqual([new RangeError("refused")]);
});

it.each([
  ["a line in the middle", `${line("a")}{"rec\n${line("b")}`, ["a", "b"]],
  ["the last line, whose process was killed", `${line("a")}${line("b").slice(0, 50)}`, ["a"]],
  ["bytes that are no text", `${line("a")}\u0000\ufffd\n`, ["a"]],
  ["a line without end", `${"x".repeat(5_000_000)}\n${line("a")}`, ["a"]],
])("passes over what is damaged, and counts it: %s", async (_, text, ids) => {
  const { writer, state, whole, written, done } = await open(text);
  writer.add(whole);
  await writer.settled();
  expect(state.ids).toEqual(ids);
  expect(written.some(({ unreadable }) => unreadable > 0)).toBe(true);
  expect(done).toHaveLength(1);
});

it("goes on with other segments when one is gone", async () => {
  const { writer, state, whole, done } = await open(line("a"));
  writer.add({ name: "gone/000001.jsonl", bytes: 500, isWhole: true });
  writer.add(whole);
  await writer.settled();
  expect(state.ids).toEqual(["a"]);
  expect(done).toEqual(["gone/000001.jsonl", whole.name]);
});

it("writes nothing more when it has been stopped", async () => {
  const { writer, state, whole, time } = await open(line("a"));
  state.isAway = true;
  writer.add(whole);
  await writer.settled();
  await writer.stop();
  state.isAway = false;
  await time.pass(60_000);
  expect(state.ids).toEqual([]);
  expect(time.pending()).toBe(0);
});
