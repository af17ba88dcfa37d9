// Measures this service side by side with its peers and prints ratios, which hold where absolute figures do not.
import { availableParallelism } from "node:os";
import { measureBooks } from "./books.ts";
import { measureBurst } from "./burst.ts";
import { measureKeys } from "./keys.ts";
import { measureLedger } from "./ledger.ts";
import { fullLengths, quickLengths } from "./lengths.ts";
import { measureNeighbours } from "./neighbours.ts";
import { print } from "./print.ts";
import { profileService } from "./profile.ts";
import { measureRelay } from "./relay.ts";
import { measureSessions } from "./sessions.ts";
import { measureShared } from "./shared.ts";
import { measureSlow } from "./slow.ts";
import { measureTools } from "./tools.ts";

const measured = {
  keys: measureKeys,
  tools: measureTools,
  relay: measureRelay,
  burst: measureBurst,
  slow: measureSlow,
  neighbours: measureNeighbours,
  ledger: measureLedger,
  sessions: measureSessions,
};
// They run only where they are named: a profile is for reading, not for comparing, to fill the books takes minutes, and what
// replicas share is not this service's own.
const sections = new Map(
  Object.entries({ ...measured, books: measureBooks, shared: measureShared, profile: profileService }),
);

const args = process.argv.slice(2);
const quick = args.includes("--quick");
const named = args.filter((name) => name !== "--quick");
const unknown = named.filter((name) => !sections.has(name));
if (unknown.length > 0) {
  const known = [...sections.keys(), "--quick"].join(", ");
  process.stderr.write(`Unknown: ${unknown.join(", ")}. Known: ${known}.\n`);
  process.exit(2);
}

const lengths = quick ? quickLengths : fullLengths;
const { rounds, roundSeconds, burstSeconds, warmUpSeconds } = lengths;
print(`Node ${process.version}, ${availableParallelism()} cores shared by load, upstream and program.`);
print(
  `${rounds} rounds of ${roundSeconds} s over 32 connections, the programs in turn; before them a burst of ${burstSeconds} s over 500 and a warm-up of ${warmUpSeconds} s; medians.`,
);
if (quick) print("Quick: shows that everything runs. The figures mean nothing.");
for (const name of named.length > 0 ? named : Object.keys(measured)) {
  const began = performance.now();
  print(`\n== ${name}`);
  await sections.get(name)?.(lengths);
  print(`(${((performance.now() - began) / 1000).toFixed(0)} s)`);
}
