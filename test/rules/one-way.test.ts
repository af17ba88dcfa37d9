// Rule 1: data flows one way down. No module imports upwards, no file imports itself through others.
import { basename } from "node:path";
import { expect, test } from "vitest";
import { moduleOf, sourceOf } from "../support/source.ts";

// From the top down. A module may import those below it; those of one line do not know each other.
const order = [
  ["cli", ""],
  ["compose"],
  ["doctor"],
  ["app"],
  ["config"],
  ["secrets"],
  ["http"],
  ["sessions"],
  ["mint", "relay", "tools"],
  ["profiles", "rotation"],
  ["upstream"],
  ["budgets"],
  ["audit", "limits", "ledger"],
  ["auth"],
  ["store"],
  ["observe", "net", "forms"],
  ["usage"],
  ["json"],
  ["failures"],
];

// The root's own: what the mains start, and values that every module speaks of.
const values = ["clock", "disposal", "names", "random", "rates", "secret", "secret-schema"].map(
  (name) => `server/${name}.ts`,
);

// The table of routes is a file of the root's.
const placeOf = (path: string): string => (path === "server/app.ts" ? "app" : moduleOf(path));
const levelOf = (path: string): number => order.findIndex((line) => line.includes(placeOf(path)));
const files = sourceOf("server");
const imports = files.flatMap(({ path, imports: all }) =>
  all.filter(({ from }) => from.startsWith("server/")).map((each) => ({ path, ...each })),
);

test("every module has its place", () => {
  const found = new Set(files.map(({ path }) => placeOf(path)));
  expect([...found].sort()).toEqual(order.flat().sort());
});

test("no module imports upwards", () => {
  const wrong = imports
    .filter(({ path, from }) => placeOf(path) !== placeOf(from) && !values.includes(from))
    .filter(({ path, from }) => levelOf(from) <= levelOf(path));
  expect(wrong.map(({ path, from }) => `${path} imports ${from}`)).toEqual([]);
});

test("no file imports itself through others, in any module", () => {
  const graph = new Map(files.map(({ path }) => [path, new Set<string>()]));
  for (const { path, from } of imports) graph.get(path)?.add(from);
  expect(cyclesIn(graph)).toEqual([]);
});

/** Each cycle once, as the files on it. */
const cyclesIn = (graph: ReadonlyMap<string, ReadonlySet<string>>): string[] => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) {
      cycles.push([...way.slice(way.indexOf(path)), path].map((each) => basename(each)).join(" → "));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
};
