// An audit trail in a database, with its anchors, its clock and what the check complains of.
import { createAnchors } from "../../server/audit/anchors.ts";
import type { Head } from "../../server/audit/chain.ts";
import type { Finding } from "../../server/audit/chain-check.ts";
import { sqlAuditStore } from "../../server/audit/store.sql.ts";
import { verifyTrail } from "../../server/audit/verify.ts";
import type { Log } from "../../server/observe/log.ts";
import type { Database } from "../../server/store/database.ts";
import { chainOf, testSealer } from "./audit.ts";
import { createTestTime } from "./time.ts";

/** Entries are deleted after 30 days. */
export const auditPlace = (database: Database) => {
  const store = sqlAuditStore(database);
  const time = createTestTime();
  const logs: Record<string, unknown>[] = [];
  const log: Log = { write: (_, event, fields) => void logs.push({ event, ...fields }) };
  const anchors = createAnchors({ store, sealer: testSealer, ...time, log, retentionDays: 30 });
  return {
    ...{ database, store, logs, time },
    ...{ anchor: anchors.anchor, expire: anchors.expire },
    /** What `broker audit verify` would complain of. */
    complaints: async (question: { since?: number; anchor?: Head } = {}) => {
      const found: string[] = [];
      const onFinding = ({ chain, number, wrong }: Finding) => void found.push(`${chain} ${number} ${wrong}`);
      const ports = { store, sealer: testSealer, onFinding };
      await verifyTrail(ports, { since: question.since, anchor: question.anchor });
      return found;
    },
  };
};

export type AuditPlace = ReturnType<typeof auditPlace>;

/** Two chains, of which an anchor names all but the last two entries. */
export const prepareChains = async ({ store, anchor, complaints }: AuditPlace): Promise<void> => {
  await store.append(chainOf(5, "a"));
  await store.append(chainOf(8, "b"));
  await anchor();
  await store.append(chainOf(10, "b").slice(8));
  if ((await complaints()).length > 0) throw new Error("there is a false alarm");
};
