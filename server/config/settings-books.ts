// The plain settings, continued: the books and the audit trail.
import { integer } from "./setting-types.ts";

export const bookSettings = {
  budget_output_tokens: {
    env: "BUDGET_OUTPUT_TOKENS",
    schema: integer(1, 1_000_000),
    default: 4096,
    doc: "Tokens that budgets reserve for an answer where the request names no maximum.",
  },
} as const;
