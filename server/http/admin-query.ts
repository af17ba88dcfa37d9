// The range and the filters that the operator's page puts into its addresses.
import { z } from "zod";
import { dimensions, type SumsQuery } from "../ledger/books.ts";

export const dimensionNames = dimensions;

const moment = z
  .string()
  .regex(/^\d{1,14}$/, "must be milliseconds since 1970")
  .transform(Number);

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};

const filter = z.string().max(200).optional().describe("Only what has this value; empty for what has none.");

export const rangeFields = {
  since: moment.describe("Milliseconds since 1970; the hour that holds it is the first."),
  until: moment.describe("Milliseconds since 1970; the hour that holds it is the last."),
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, "must be a time zone such as Europe/Vienna")
    .default("UTC")
    .describe("Whose days are meant."),
};

export const filterFields = {
  user: filter,
  team: filter,
  model: filter,
  profile: filter,
  tool: filter,
  kind: filter,
  upstream_key: filter,
} satisfies Record<(typeof dimensions)[number], typeof filter>;

type Filters = Partial<Record<(typeof dimensions)[number], string | undefined>>;

export const filtersOf = (query: Filters): SumsQuery["where"] =>
  Object.fromEntries(
    dimensions.flatMap((dimension) => {
      const value = query[dimension];
      return value === undefined ? [] : [[dimension, [value]]];
    }),
  );
