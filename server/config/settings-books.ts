// The plain settings, continued: the books and the audit trail.
import { integer } from "./setting-types.ts";

export const bookSettings = {
  audit_retention_days: {
    env: "AUDIT_RETENTION_DAYS",
    schema: integer(1, 36_500),
    default: undefined,
    doc: "After how many days entries of the audit trail are deleted. Without it, never.",
  },
} as const;
