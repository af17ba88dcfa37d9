// The table of usage, on terminals of any width.
import { expect, it } from "vitest";
import { usageTables } from "../../../server/cli/usage-table.ts";
import type { SumsQuery } from "../../../server/ledger/books.ts";
import { emptyRow, type UsageRow } from "../../../server/ledger/usage-report.ts";

const question: SumsQuery = {
  ...{ since: 0, until: 3_600_000, by: ["user"], period: undefined, timeZone: "UTC", where: {} },
};
const row = (user: string, cost: number | undefined, more: Partial<UsageRow> = {}): UsageRow => {
  const empty = emptyRow({ user }, undefined);
  const unpriced = cost === undefined ? 1 : 0;
  return { ...empty, relayed: 1, metered: { ...empty.metered, costNanoUsd: cost, unpriced }, ...more };
};
const tables = (rows: UsageRow[], columns?: number, by: SumsQuery["by"] = ["user"]): string[] => {
  const total = row(
    "",
    rows.reduce((sum, { metered }) => sum + (metered.costNanoUsd ?? 0), 0),
  );
  const plain = (text: string) => text;
  return usageTables(
    { rows, total, unpricedModels: [] },
    { ...question, by },
    { bold: plain, dim: plain, columns },
  );
};

const long = "issuer:https://login.example.com/|".padEnd(90, "x");
const rows = [row(long, 8e9), row("user:bob", 4e9), row("user:eve", 0)];

it.each([70, 80, 100, 200])(
  "is no wider than a terminal of %s columns, and cuts names, not figures",
  (width) => {
    const lines = tables(rows, width);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    expect(lines.filter((line) => line.includes("$"))).toHaveLength(4);
    expect(lines.find((line) => line.includes("$8.00"))).toMatch(/^issuer:\S*…/);
  },
);

it("draws bars by cost where there is room, and none where there is not", () => {
  const barsAt = (width: number) => tables(rows, width).flatMap((line) => /█+/.exec(line)?.[0].length ?? []);
  const [first = 0, second = 0, ...more] = barsAt(140);
  expect([first, second, more]).toEqual([30, 15, []]);
  expect(barsAt(60)).toEqual([]);
  expect(tables([row("a", 5), row("b", undefined)], 120).join("\n")).toMatch(/█/);
});

it("draws bars by requests where nothing has a cost", () => {
  const lines = tables([row("a", 0, { relayed: 4 }), row("b", 0, { relayed: 1 })], 140);
  expect(lines.flatMap((line) => /█+/.exec(line)?.[0].length ?? [])).toEqual([30, 7]);
});

it("counts supervised voice sessions where there are any", () => {
  const total = row("", 1, { sessions: 3 });
  const style = { bold: (text: string) => text, dim: (text: string) => text, columns: 140 };
  const [, , heading, line] = usageTables(
    { rows: [row("a", 1, { sessions: 3 })], total, unpricedModels: [] },
    question,
    style,
  );
  expect(heading).toContain("RELAYED  SESSIONS  TOKENS IN");
  expect(line).toMatch(/ 1 +3 +0 +0 +\$/);
  expect(tables(rows, 140).join()).not.toContain("SESSIONS");
});

it("shows fifty of many, and says how many more there are", () => {
  const lines = tables(Array.from({ length: 60 }, (_, index) => row(`user:${index}`, 60 - index)));
  expect(lines.filter((line) => line.startsWith("user:"))).toHaveLength(50);
  expect(lines).toContain("and 10 more; --csv has them all");
});

it("lets no name move the cursor", () => {
  expect(tables([row("a\u001b[2Jb\u202ec\r\nd", 1)]).join("\n")).toContain("a?[2Jb?c??d");
});

it("marks what is only partly known", () => {
  const known = row("a", 2e9);
  known.metered.unpriced = 1;
  const lines = tables([known, row("b", undefined)]);
  expect(lines.find((line) => line.startsWith("a"))).toContain("> $2.00");
  expect(lines.find((line) => line.startsWith("b"))).toContain("unknown");
});
