// Describes a failure's cause for the log.
import { redact } from "./redact.ts";

/** The error and up to three causes as plain fields, without credentials and without stack traces. */
export const describeCause = (error: unknown, depth = 0): Record<string, unknown> | undefined => {
  if (error === undefined || depth > 3) return undefined;
  if (!(error instanceof Error)) return { message: redact(textOf(error)) };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const report = "report" in error && typeof error.report === "object" ? { ...error.report } : {};
  const cause = describeCause(error.cause, depth + 1);
  return { name: error.name, message: redact(error.message), ...code, ...report, ...(cause && { cause }) };
};

// Values of an object may be secret; its names tell what was thrown.
const textOf = (thrown: unknown): string =>
  typeof thrown === "object" && thrown !== null
    ? `no error, but an object with ${Object.keys(thrown).slice(0, 10).join(", ") || "nothing in it"}`
    : String(thrown);
