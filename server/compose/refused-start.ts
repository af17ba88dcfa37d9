// Writes into the audit trail why the service does not start.
import { hash } from "node:crypto";
import { link, readBody, sealerOf } from "../audit/chain.ts";
import { configurationEntries } from "../audit/configuration.ts";
import { boundedEntry } from "../audit/entry.ts";
import { sqlAuditStore } from "../audit/store.sql.ts";
import { type AuditStore, REFUSED_STARTS } from "../audit/store.ts";
import { systemClock } from "../clock.ts";
import { withEnvFile } from "../config/env-file.ts";
import type { Environment } from "../config/load.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import { isThere } from "../store/database.sqlite.ts";
import { readStoreConfig } from "./configuration.ts";
import { openStore } from "./store.ts";

/** A supervisor may try again every second: the same refusal is written once an hour. */
const PERIOD_MS = 3_600_000;

/** Only where there is a database already: a mistake creates none. Never rejects. */
export const recordRefusedStart = async (
  environment: Environment,
  problems: readonly string[],
): Promise<void> => {
  try {
    const { env } = withEnvFile(environment, readIfPresent);
    const { settings } = await readStoreConfig(env, { withSalt: false });
    const { database_url: address } = settings;
    if (address.kind === "sqlite" && !isThere(address.path)) return;
    const store = await openStore(settings, { write: () => {} });
    try {
      await append(sqlAuditStore(store.database), sealerOf(store.keyFor("audit")), env, problems);
    } finally {
      await store.close();
    }
  } catch {
    // The start tells all of its reasons anyway.
  }
};

const append = async (
  store: AuditStore,
  sealer: ReturnType<typeof sealerOf>,
  env: Environment,
  problems: readonly string[],
): Promise<void> => {
  const file = env.BROKER_CONFIG || "broker.yaml";
  const text = readIfPresent(file);
  const digest = text === undefined ? undefined : hash("sha256", text, "hex");
  const entries = configurationEntries(undefined, sealer, systemClock.now);
  const entry = boundedEntry(entries.refused({ file, digests: { file: digest, parts: {} } }, problems));
  const head = (await store.heads()).find(({ chain }) => chain === REFUSED_STARTS);
  const [last] = head ? await store.chain(REFUSED_STARTS, head.number - 1, 1) : [];
  const isSame = JSON.stringify(last && readBody(last.body)?.details) === JSON.stringify(entry.details);
  if (last && isSame && entry.at - last.at < PERIOD_MS) return;
  await store.appendShared(REFUSED_STARTS, (before) => link(entry, REFUSED_STARTS, before, sealer));
};
