// The plain settings, continued: the books and the audit trail.
import { z } from "zod";
import { flag, integer, type SettingRow } from "./setting-types.ts";

export const bookSettings = {
  usage: {
    env: "USAGE",
    schema: flag,
    default: true,
    reload: "restart",
    doc: "Whether to keep the books: a record of each mint, tool call and relayed request.",
  },
  usage_retention_days: {
    env: "USAGE_RETENTION_DAYS",
    schema: integer(1, 3650),
    default: 30,
    reload: "restart",
    doc: "How long single records are kept, in days. Their sums by hour and day stay for ever.",
  },
  usage_journal: {
    env: "USAGE_JOURNAL",
    schema: z.string().min(1),
    default: "data/journal",
    reload: "restart",
    doc: "The folder on a local disk where records wait for the database, and survive a crash.",
  },
  usage_journal_bytes: {
    env: "USAGE_JOURNAL_BYTES",
    schema: integer(1_048_576, 1_099_511_627_776),
    default: 1_073_741_824,
    reload: "restart",
    doc: "How much may wait there while the database is away. Beyond it records are lost, which a metric and the log tell.",
  },
  usage_buffer_bytes: {
    env: "USAGE_BUFFER_BYTES",
    schema: integer(65_536, 1_073_741_824),
    default: 33_554_432,
    reload: "restart",
    doc: "How much may wait in memory while the folder cannot be written, such as on a full disk.",
  },
  contents_retention_days: {
    env: "CONTENTS_RETENTION_DAYS",
    schema: integer(1, 3650),
    default: 7,
    reload: "restart",
    doc: "How long contents that `record` in broker.yaml turns on are kept, in days; never longer than the records.",
  },
  contents_bytes_per_day: {
    env: "CONTENTS_BYTES_PER_DAY",
    schema: integer(65_536, 1_099_511_627_776),
    default: 1_073_741_824,
    reload: "restart",
    doc: "How much of them one replica keeps in a day. Beyond it none are kept until the next, which a metric and the log tell.",
  },
  audit_retention_days: {
    env: "AUDIT_RETENTION_DAYS",
    schema: integer(1, 36_500),
    default: undefined,
    reload: "restart",
    doc: "After how many days entries of the audit trail are deleted. Without it, never.",
  },
  budget_output_tokens: {
    env: "BUDGET_OUTPUT_TOKENS",
    schema: integer(1, 1_000_000),
    default: 4096,
    reload: "live",
    doc: "Tokens that budgets reserve for an answer where the request names no maximum.",
  },
} as const satisfies Record<string, SettingRow>;
