// Entries as text: a hostile name steers neither a terminal nor a spreadsheet.
import { expect, it } from "vitest";
import { link } from "../../../server/audit/chain.ts";
import { csvOf, jsonOf, lineOf } from "../../../server/cli/audit-text.ts";
import { entryOf, testSealer } from "../../support/audit.ts";

const linkOf = (more: Parameters<typeof entryOf>[1]) => link(entryOf(1, more), "c1", undefined, testSealer);

it("says in one line what was done", () => {
  const added = linkOf({
    ...{ action: "user-added", actor: "cli:root", target: "user:bob" },
    details: {
      roles: ["a", "b"],
      profiles: null,
      limits: { mints: "5 per minute" },
      token_prefix: "abc",
      list: [],
    },
  });
  expect(lineOf(added)).toBe(
    '2026-01-01T12:00:00Z  cli:root added user:bob  roles=a,b limits={ mints: "5 per minute" } token_prefix=abc',
  );
  const budget = linkOf({
    ...{ action: "budget-reached", actor: "service", target: "team:search" },
    details: { budget: "teams", percent: 90, unit: "cost_usd", used: 270.5, limit: 300 },
  });
  expect(lineOf(budget)).toBe(
    "2026-01-01T12:00:00Z  team:search reached 90 % of the budget teams  unit=cost_usd used=270.5 limit=300",
  );
});

it("shows control characters, and does not send them to the terminal", () => {
  const line = lineOf(linkOf({ actor: "jwt:x#\u001b[2J\u202eevil\nforged line\u009b31m" }));
  expect(line).toBe(
    "2026-01-01T12:00:00Z  jwt:x#\\u{1b}[2J\\u{202e}evil\\u{a}forged line\\u{9b}31m got a key for profile:default  session=sess_1",
  );
});

it("keeps a cell from being a formula, and quotes what needs it", () => {
  const csv = csvOf(linkOf({ actor: "=HYPERLINK(1)", target: 'a "b", c' }));
  expect(csv).toContain(",'=HYPERLINK(1),");
  expect(csv).toContain(',"a ""b"", c",');
});

it("prints JSON lines, also of what is no entry", () => {
  const whole = linkOf({});
  expect(JSON.parse(jsonOf(whole)).entry).toEqual(JSON.parse(whole.body));
  const broken = { ...whole, body: 'no entry\n"' };
  expect(jsonOf(broken)).not.toContain("\n");
  expect(JSON.parse(jsonOf(broken)).entry).toBe(broken.body);
  expect(lineOf(broken)).toContain("an entry that cannot be read");
});
