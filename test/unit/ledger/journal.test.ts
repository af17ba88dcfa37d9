// The journal: batches, bounds, and files that cannot be written for a while.
import { expect, it } from "vitest";
import { entryOf } from "../../../server/ledger/entry.ts";
import { createJournal } from "../../../server/ledger/journal.ts";
import type { Segment, Segments } from "../../../server/ledger/segments.ts";
import { createTestTime } from "../../support/time.ts";
import { usageRecord } from "../../support/usage-records.ts";

/** Files whose disk can be full; a write then leaves half of its bytes. */
const createFiles = () => {
  const files: Record<string, Buffer> = {};
  const state = { isFull: false, room: Number.POSITIVE_INFINITY, writes: 0, files };
  const segments: Pick<Segments, "create"> = {
    create: async () => {
      const name = `${Object.keys(files).length + 1}`;
      files[name] = Buffer.alloc(0);
      return {
        name,
        write: async (bytes, position) => {
          state.writes += 1;
          const isFull = state.isFull || position + bytes.length > state.room;
          const written = isFull ? bytes.subarray(0, bytes.length / 2) : bytes;
          files[name] = Buffer.concat([files[name]?.subarray(0, position) ?? Buffer.alloc(0), written]);
          if (isFull) throw new Error("ENOSPC");
        },
        isGone: async () => false,
        close: async () => {
          if (state.isFull) throw new Error("EIO");
        },
      };
    },
  };
  return { ...state, state, segments };
};

const open = (bounds: { bufferBytes?: number; journalBytes?: number } = {}) => {
  const time = createTestTime();
  const disk = createFiles();
  const written: Segment[] = [];
  const dropped: (string | number)[] = [];
  const failures: unknown[] = [];
  const journal = createJournal({
    ...{
      segments: disk.segments,
      timers: time.timers,
      bufferBytes: 100_000,
      journalBytes: 1_000_000,
      ...bounds,
    },
    onWritten: (segment) => written.push(segment),
    onDropped: (reason, records) => dropped.push(reason, ...(records > 1 ? [records] : [])),
    onFailure: (error) => failures.push(error),
  });
  const lines = () => Object.values(disk.files).flatMap((file) => String(file).split("\n").slice(0, -1));
  const ids = () =>
    lines().map((line) => {
      const entry = entryOf(line);
      return entry && "record" in entry ? entry.record.requestId : entry;
    });
  return { time, disk: disk.state, journal, written, dropped, failures, lines, ids };
};

it("writes what comes within a fifth of a second at once, and nothing while nothing comes", async () => {
  const { time, journal, disk, ids, written } = open();
  journal.record(usageRecord("a"));
  journal.record(usageRecord("b"));
  expect(time.pending()).toBe(1);
  await time.pass(199);
  expect(ids()).toEqual([]);
  await time.pass(1);
  expect(ids()).toEqual(["a", "b"]);
  expect(disk.writes).toBe(1);
  expect(written).toEqual([{ name: "1", bytes: disk.files["1"]?.length, isWhole: false }]);
  expect(time.pending()).toBe(0);
});

it("is flushed and closed with everything that was recorded", async () => {
  const { journal, ids, written } = open();
  journal.record(usageRecord("a"));
  await journal.flush();
  expect(ids()).toEqual(["a"]);
  journal.record(usageRecord("b"));
  await journal.close();
  expect(ids()).toEqual(["a", "b"]);
  expect(written.at(-1)?.isWhole).toBe(true);
});

it("counts equal refusals in one line", async () => {
  const { journal, lines } = open();
  const at = Date.UTC(2026, 0, 1, 12, 30);
  const refusal = { at, problem: "unauthenticated", caller: undefined, team: undefined, kind: undefined };
  for (let index = 0; index < 5000; index += 1) journal.countRefusal(refusal);
  await journal.flush();
  expect(lines().map(entryOf)).toEqual([
    {
      refusals: {
        ...{ at: Date.UTC(2026, 0, 1, 12), problem: "unauthenticated", caller: "", team: "" },
        ...{ kind: undefined, requests: 5000 },
      },
    },
  ]);
});

it("waits in memory while the disk is full, and then writes each record once", async () => {
  const { time, journal, disk, ids, failures, dropped } = open();
  journal.record(usageRecord("a"));
  await journal.flush();
  disk.isFull = true;
  journal.record(usageRecord("b"));
  await time.pass(200);
  journal.record(usageRecord("c"));
  await time.pass(1000);
  expect(failures).toHaveLength(2);
  await expect(journal.flush()).rejects.toThrow("ENOSPC");
  disk.isFull = false;
  await time.pass(1000);
  expect(ids()).toEqual(["a", "b", "c"]);
  expect(dropped).toEqual([]);
});

it("writes what a disk with little room takes, so that the rest needs less of it", async () => {
  const { time, journal, disk, ids, written } = open({ bufferBytes: 10_000_000, journalBytes: 10_000_000 });
  disk.room = 150_000;
  for (let count = 0; count < 1000; count += 1) journal.record(usageRecord(`record-${count}`));
  await time.pass(200);
  expect(written.at(-1)?.bytes).toBeGreaterThan(50_000);
  disk.room = Number.POSITIVE_INFINITY;
  await time.pass(1000);
  expect(new Set(ids()).size).toBe(1000);
  expect(ids()).toHaveLength(1000);
});

it("says how many are lost where it is closed while its disk is full", async () => {
  const { journal, disk, dropped } = open();
  disk.isFull = true;
  for (const id of ["a", "b", "c"]) journal.record(usageRecord(id));
  await expect(journal.close()).rejects.toThrow("ENOSPC");
  expect(dropped).toEqual(["buffer-full", 3]);
});

it("loses what comes when its memory is full, and says so", async () => {
  const { time, journal, disk, ids, dropped } = open({ bufferBytes: 1200 });
  disk.isFull = true;
  for (const id of ["a", "b", "c", "d", "e"]) journal.record(usageRecord(id));
  expect(dropped.length).toBeGreaterThan(0);
  expect(new Set(dropped)).toEqual(new Set(["buffer-full"]));
  await time.pass(200);
  disk.isFull = false;
  await time.pass(1000);
  expect(ids()).toHaveLength(5 - dropped.length);
});

it("loses what comes when its files are full, until the database has taken some", async () => {
  const { journal, dropped, ids } = open({ journalBytes: 500 });
  journal.record(usageRecord("a"));
  await journal.flush();
  journal.record(usageRecord("b"));
  expect(dropped).toEqual(["journal-full"]);
  journal.taken(journal.waitingBytes());
  expect(journal.waitingBytes()).toBe(0);
  journal.record(usageRecord("c"));
  await journal.flush();
  expect(ids()).toEqual(["a", "c"]);
});

it("begins another segment when one is large, and writes nothing twice where closing it fails", async () => {
  const { journal, written, ids, failures, disk } = open({ bufferBytes: 1e8, journalBytes: 1e8 });
  for (let index = 0; index < 14_000; index += 1) journal.record(usageRecord(`a${index}`));
  await journal.flush();
  journal.record(usageRecord("b"));
  await journal.flush();
  const told = new Set(written.map(({ name, isWhole }) => `${name} ${isWhole}`));
  expect([...told]).toEqual(["1 false", "1 true", "2 false"]);
  disk.isFull = true;
  await journal.close();
  expect(failures).toHaveLength(1);
  expect(new Set(ids()).size).toBe(14_001);
  expect(ids()).toHaveLength(14_001);
});

it("takes contents into half of its room, and leaves the other half to records", async () => {
  const { journal, dropped } = open({ bufferBytes: 10_000 });
  const contentOf = (requestId: string) => ({
    ...{ requestId, at: 1, kind: "prompts" as const, text: "x".repeat(2000), isCut: false },
  });
  expect(["a", "b", "c"].map((id) => journal.keepContent(contentOf(id)))).toEqual([true, true, false]);
  for (const id of ["a", "b", "c"]) journal.record(usageRecord(id));
  expect(dropped).toEqual([]);
  await journal.flush();
  expect(journal.keepContent(contentOf("d"))).toBe(true);
});
