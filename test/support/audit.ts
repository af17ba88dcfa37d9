// Chains of the audit trail, made and broken in memory.
import { type Head, type Link, link, type Sealer, sealerOf } from "../../server/audit/chain.ts";
import { createChainCheck, type Finding } from "../../server/audit/chain-check.ts";
import { type AuditEntry, boundedEntry } from "../../server/audit/entry.ts";
import { Secret } from "../../server/secret.ts";

export const NOON = Date.UTC(2026, 0, 1, 12);
export const testSealer: Sealer = sealerOf(new Secret("a key of thirty-two characters, or more"));

export const entryOf = (index: number, more: Partial<AuditEntry> = {}): AuditEntry =>
  boundedEntry({
    at: NOON + index,
    action: "key-minted",
    actor: `user:u${index}`,
    target: "profile:default",
    details: { session: `sess_${index}` },
    ...more,
  });

/** A chain of so many entries. */
export const chainOf = (length: number, chain = "c1", sealer = testSealer): Link[] => {
  const links: Link[] = [];
  let head: Head | undefined;
  for (let index = 1; index <= length; index += 1) {
    head = link(entryOf(index), chain, head, sealer);
    links.push(head as Link);
  }
  return links;
};

/** What is found in rows that the database gives back in the order of their numbers, `last` of them known from elsewhere. */
export const findingsIn = (rows: readonly Link[], last = rows.length, sealer = testSealer): Finding[] => {
  const findings: Finding[] = [];
  const check = createChainCheck("c1", { number: 0, hash: null }, sealer, (found) => findings.push(found));
  for (const row of rows.toSorted((a, b) => a.number - b.number)) check.next(row);
  check.end(last);
  return findings;
};
