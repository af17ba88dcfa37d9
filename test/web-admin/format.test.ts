// Numbers as operators read them, and files for spreadsheets.
import { expect, it } from "vitest";
import { groupsOf, topsOf } from "../../web-admin/charts/stack.ts";
import { csvOf } from "../../web-admin/format/csv.ts";
import { briefName, duration, money, percent, short, shortMoney } from "../../web-admin/format/format.ts";

it("money has cents, and more digits where cents say nothing", () => {
  const usd = [0, 0.000_004, 0.0042, 0.05, 18.434, 1234.5].map((amount) => money(amount * 1e9));
  expect(usd).toEqual(["$0.00", "$0.000004", "$0.0042", "$0.05", "$18.43", "$1,234.50"]);
  expect([shortMoney(0), shortMoney(2.5e9), shortMoney(12_400e9)]).toEqual(["$0", "$2.50", "$12.4K"]);
});

it("times and shares are short", () => {
  expect([0, 0.2, 840, 1250, 42_000, 120_000].map(duration)).toEqual([
    "0",
    "<1 ms",
    "840 ms",
    "1.3 s",
    "42 s",
    "2 min",
  ]);
  expect([percent(0, 0), percent(1, 5000), percent(33, 1000), percent(1, 2)]).toEqual([
    "0%",
    "<0.1%",
    "3.3%",
    "50%",
  ]);
  expect([short(999), short(12_400_000)]).toEqual(["999", "12.4M"]);
});

it("a spreadsheet runs nothing of a CSV file, and finds each cell", () => {
  const rows = [
    ["=HYPERLINK(1)", 1.5],
    ['a,"b"', null],
    ["-2", 0],
  ] as const;
  expect(csvOf(["user", "cost"], rows)).toBe('user,cost\r\n\'=HYPERLINK(1),1.5\r\n"a,""b""",\r\n\'-2,0\r\n');
});

it("columns stack the largest group at the bottom, and what is left over on top", () => {
  const points = [
    { at: 1, name: null, value: 10 },
    { at: 1, name: "a", value: 6 },
    { at: 1, name: "b", value: 1 },
    { at: 2, name: null, value: 2 },
    { at: 2, name: "b", value: 2 },
  ];
  const groups = groupsOf({ groups: ["a", "b"], points }, [1, 2]);
  expect(groups.map(({ name, values }) => [name, ...values])).toEqual([
    ["a", 6, 0],
    ["b", 1, 2],
    [undefined, 3, 0],
  ]);
  expect(topsOf(groups)).toEqual([
    [10, 2],
    [7, 2],
    [6, 0],
  ]);
});

it("long names are cut in the middle, since callers of one identity provider begin alike", () => {
  const callers = ["ada", "bob"].map((name) => `jwt:https://login.example.com/tenant/v2.0#${name}`);
  expect(callers.map(briefName)).toEqual([
    "jwt:https:/…mple.com/tenant/v2.0#ada",
    "jwt:https:/…mple.com/tenant/v2.0#bob",
  ]);
  expect(briefName("user:ada")).toBe("user:ada");
});
