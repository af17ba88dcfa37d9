// Teams: whose spending a caller's is, for reports and budgets.
import { z } from "zod";

/** Begins as no spreadsheet's formula and ends as it is seen: it stands in tables, in CSV files and in addresses. */
export const teamSchema = z
  .string()
  .regex(
    /^[\p{L}\p{N}/][\p{L}\p{M}\p{N} _.:/@+&-]{0,63}$/u,
    "must be 1 to 64 letters, digits, blanks or . : / @ + & _ -, and begin with a letter, a digit or /",
  )
  .refine((team) => !team.endsWith(" "), "must not end with a blank");
