// Describes a failure's cause for the log.
import { redact } from "./redact.ts";

/** The error and up to three causes as plain fields, without credentials and without stack traces. */
export const describeCause = (error: unknown, depth = 0): Record<string, unknown> | undefined => {
  if (error === undefined || depth > 3) return undefined;
  if (!(error instanceof Error)) return { message: redact(String(error)) };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const report = "report" in error && typeof error.report === "object" ? { ...error.report } : {};
  const cause = describeCause(error.cause, depth + 1);
  return { name: error.name, message: redact(error.message), ...code, ...report, ...(cause && { cause }) };
};
