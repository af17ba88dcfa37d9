// Contents in the database: read again by their request alone, kept once, and gone after their time.
import { describe, expect, it } from "vitest";
import { sqlBooks } from "../../server/ledger/books.sql.ts";
import type { Content } from "../../server/ledger/content.ts";
import { recordTables } from "../../server/ledger/retention.sql.ts";
import { sqlLedgerStore } from "../../server/ledger/store.sql.ts";
import { databases } from "../support/databases.ts";
import { usageRecord } from "../support/usage-records.ts";

const now = Date.UTC(2026, 2, 10, 12);
const contentOf = (requestId: string, more: Partial<Content> = {}): Content => ({
  ...{ requestId, at: now, kind: "prompts", text: "naïve 🎈 'quotes' \\u0000 $1\n\ttwo lines", isCut: false },
  ...more,
});

describe.each(databases)("%s", (name, open) => {
  const kind = name === "SQLite" ? "sqlite" : "postgres";
  const opened = async () => {
    const { database, ...rest } = await open();
    const store = sqlLedgerStore(database, kind);
    let segments = 0;
    const write = (...contents: Content[]) => {
      segments += 1;
      const entries = [{ record: usageRecord("r") }, ...contents.map((content) => ({ content }))];
      return store.write({ segment: `s${segments}`, from: 0, to: 1, entries });
    };
    const of = sqlBooks(database).contents;
    return { write, of, tables: recordTables(database, kind), database, ...rest };
  };

  it("reads what was kept of a request, prompts first, and of no other", async () => {
    await using books = await opened();
    const answer = contentOf("a", { kind: "answers", text: "x".repeat(65_536), isCut: true });
    expect(await books.write(answer, contentOf("a"), contentOf("b"))).toBe(1);
    expect(await books.of("a")).toEqual([contentOf("a"), answer]);
    expect(await books.of("none")).toEqual([]);
  });

  it("keeps each once, though it is written again", async () => {
    await using books = await opened();
    await books.write(contentOf("a"));
    await books.write(contentOf("a", { text: "another" }), contentOf("a"));
    expect(await books.of("a")).toEqual([contentOf("a")]);
  });

  it("deletes what is older, the oldest first", async () => {
    await using books = await opened();
    await books.write(...[5, 1, 3, 0].map((ago) => contentOf(`${ago}`, { at: now - ago })));
    expect(await books.tables.deleteContentsBefore(now, 2)).toBe(2);
    expect(await books.of("1")).toHaveLength(1);
    expect(await books.tables.deleteContentsBefore(now, 2)).toBe(1);
    expect(await books.of("1")).toEqual([]);
    expect(await books.of("0")).toHaveLength(1);
  });
});
