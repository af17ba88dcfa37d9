// Measures this service side by side with its peers and prints ratios, which hold where absolute figures do not.
import { availableParallelism } from "node:os";
import { measureKeys } from "./keys.ts";
import { ROUNDS, SECONDS } from "./measure.ts";
import { measureNeighbours } from "./neighbours.ts";
import { print } from "./print.ts";
import { measureRelayed } from "./relayed.ts";

const sections = new Map([
  ["keys", measureKeys],
  ["relay", measureRelayed],
  ["neighbours", measureNeighbours],
]);

const named = process.argv.slice(2);
const unknown = named.filter((name) => !sections.has(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(", ")}: say ${[...sections.keys()].join(" or ")}.\n`);
  process.exit(2);
}

print(
  `Node ${process.version}, ${availableParallelism()} cores shared by load, upstream and program; 32 connections,`,
);
print(
  `${ROUNDS} rounds of ${SECONDS} s each, in turn, after a burst of 500 connections and a warm-up; medians.`,
);
for (const [name, measureSection] of sections) {
  if (named.length === 0 || named.includes(name)) await measureSection();
}
