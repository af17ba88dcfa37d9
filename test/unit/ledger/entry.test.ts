// Lines of the journal: what is written is read back, and what is damaged or hostile harms no database.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Content } from "../../../server/ledger/content.ts";
import { entryOf, lineOf } from "../../../server/ledger/entry.ts";
import { usageRecord } from "../../support/usage-records.ts";

const cycle = (entry: Parameters<typeof lineOf>[0]) => entryOf(lineOf(entry).trimEnd());

it("reads back what it wrote", () => {
  const story = {
    ...{
      method: "POST",
      route: "/v1/*",
      openAiRequestId: "req_1",
      session: "sess_1",
      limits: ["user 10/min"],
    },
    ...{ pointers: ["/model"], attempts: [{ key: "a", outcome: "ok", ms: 12 }], cause: "naïve 🎈" },
  };
  const record = usageRecord("request-1", { story, tags: ["a", "b"], problem: "internal", cache: "miss" });
  expect(cycle({ record })).toEqual({ record });
  const refusals = {
    at: 3_600_000,
    problem: "unauthenticated",
    caller: "",
    team: "",
    kind: undefined,
    requests: 7,
  };
  expect(cycle({ refusals })).toEqual({ refusals });
});

it.each([
  ["", "{", "null", "[]", "7", "{}", '{"record":7}', '{"record":{}}', '{"refusals":{"at":1}}'],
  [lineOf({ record: usageRecord("a") }).slice(0, 100), '{"record":{"requestId":"a","at":1,"caller":"b"}}'],
])("finds no entry in damaged lines", (...lines) => {
  expect(lines.map(entryOf)).toEqual(lines.map(() => undefined));
});

it("cuts texts, and takes out what a database or a terminal does not take", () => {
  const model = `gpt\u0000\ud800\u001b[31m\u202e${"x".repeat(10_000)}`;
  const entry = cycle({
    record: usageRecord("request-1", { model, tags: Array(50).fill("t".repeat(1000)) }),
  });
  if (!entry || !("record" in entry)) throw new Error("no record");
  expect(entry.record.model).toBe(`gpt\ufffd\ufffd\ufffd[31m\ufffd${"x".repeat(200 - 11)}`);
  expect(entry.record.tags).toEqual(Array(10).fill("t".repeat(64)));
});

it("keeps a line short, whatever the record holds", () => {
  const huge = "x".repeat(1_000_000);
  const story = {
    method: "POST",
    route: "/v1/*",
    cause: huge,
    pointers: Array(5000).fill(huge.slice(0, 100)),
  };
  const line = lineOf({ record: usageRecord("request-1", { model: huge, story }) });
  expect(line.length).toBeLessThan(32_768);
  expect(entryOf(line)).toMatchObject({ record: { requestId: "request-1" } });
});

it("makes one line of any texts and numbers, with numbers that can be added up", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.double(), fc.anything(), (text, number, anything) => {
      const record = usageRecord("request-1", {
        ...{ model: text, caller: `user:${text}`, costNanoUsd: number, latencyMs: number },
        ...{ tags: [text], team: anything as string, status: anything as number },
      });
      const line = lineOf({ record });
      expect(line.indexOf("\n")).toBe(line.length - 1);
      const entry = entryOf(line);
      if (!entry || !("record" in entry)) throw new Error("no record");
      const { model = "", costNanoUsd = 0, status, latencyMs } = entry.record;
      expect(model.isWellFormed() && !/\p{Cc}/u.test(model)).toBe(true);
      expect(Number.isSafeInteger(costNanoUsd) && costNanoUsd >= 0).toBe(true);
      expect(Number.isSafeInteger(status) && Number.isFinite(latencyMs)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it("reads back a content, and none that is damaged", () => {
  const content: Content = {
    requestId: "a",
    at: 1,
    kind: "answers",
    text: 'é\n\t"'.repeat(9999),
    isCut: true,
  };
  expect(cycle({ content })).toEqual({ content });
  const damaged = [{ kind: "all" }, { requestId: "" }, { at: 0 }, { text: 7 }];
  for (const each of damaged)
    expect(entryOf(JSON.stringify({ content: { ...content, ...each } }))).toBe(undefined);
  const long = { content: { ...content, text: "x".repeat(99_999) } };
  expect(entryOf(JSON.stringify(long))).toMatchObject({ content: { text: "x".repeat(65_536) } });
});
