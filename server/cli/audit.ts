// `broker audit …`: shows, exports and checks the audit trail.
import type { Link } from "../audit/chain.ts";
import { type AuditCommand, readAuditCommand } from "./audit-arguments.ts";
import type { AuditPorts } from "./audit-ports.ts";
import { csvHeading, csvOf, jsonOf, lineOf } from "./audit-text.ts";
import { verifyAudit } from "./audit-verify.ts";

/** What the words ask for; run it with the ports. Throws a `CommandError` for words that are not understood. */
export const auditCommand = (words: readonly string[], now: number) => {
  const command = readAuditCommand(words, now);
  return (ports: AuditPorts): Promise<0 | 1> => onAudit(command, ports);
};

const onAudit = async (command: AuditCommand, ports: AuditPorts): Promise<0 | 1> => {
  switch (command.do) {
    case "verify":
      return verifyAudit(command, ports);
    case "tail":
      await tail(command, ports);
      return 0;
    case "export":
      await exportAll(command, ports);
      return 0;
  }
};

const PAGE = 500;
const FOLLOW_MS = 1000;
/** Replicas write in batches, and their clocks differ: what comes late is looked for this far back. */
const LATE_MS = 60_000;

const tail = async (
  { count, follow, json }: Extract<AuditCommand, { do: "tail" }>,
  { audit, database, terminal }: AuditPorts,
): Promise<void> => {
  const { store, pause } = audit;
  const printed = json ? jsonOf : lineOf;
  const newest = await store.newest(count);
  for (const link of newest) terminal.print(printed(link));
  if (newest.length === 0) terminal.complain(`There are no entries in ${database}.`);
  if (!follow) return;
  let shown = new Map((await store.newest(PAGE)).map((link) => [keyOf(link), link.at]));
  let last = Math.max(0, ...shown.values());
  for (;;) {
    await pause(FOLLOW_MS);
    for await (const link of entries(store, last - LATE_MS, Number.MAX_SAFE_INTEGER)) {
      if (shown.has(keyOf(link))) continue;
      terminal.print(printed(link));
      shown.set(keyOf(link), link.at);
      last = Math.max(last, link.at);
    }
    shown = new Map([...shown].filter(([, at]) => at >= last - LATE_MS));
  }
};

const keyOf = ({ chain, number }: Link): string => `${chain} ${number}`;

const exportAll = async (
  { since, until, as }: Extract<AuditCommand, { do: "export" }>,
  { audit, terminal }: AuditPorts,
): Promise<void> => {
  if (as === "csv") terminal.print(csvHeading);
  for await (const link of entries(audit.store, since, until)) {
    terminal.print(as === "csv" ? csvOf(link) : jsonOf(link));
  }
};

/** A page at a time, so that it matters not how many there are. */
async function* entries(
  store: AuditPorts["audit"]["store"],
  since: number,
  until: number,
): AsyncGenerator<Link> {
  let after: Link | undefined;
  for (;;) {
    const page = await store.between(since, until, after, PAGE);
    yield* page;
    after = page.at(-1);
    if (page.length < PAGE) return;
  }
}
