// A question about usage, as `GET /usage` and `broker usage` take it. Pure.
import { z } from "zod";
import { nearestName } from "../names.ts";
import { type Dimension, dimensions, periods, type SumsQuery } from "./books.ts";
import { calendarOf, DAY_MS, isTimeZone } from "./calendar.ts";
import { MOMENTS, parseMoment } from "./moments.ts";
import { recordKinds } from "./record.ts";

const text = z.string().max(300);

const only = (what: string) => text.optional().describe(`Only of this ${what}; empty for those without one.`);

/** Filters, each by one value. */
export const filterFields = {
  user: text.optional().describe("Only of this caller, such as `user:alice`; `guest` for all guests."),
  team: only("team"),
  model: only("model"),
  profile: only("profile"),
  tool: only("tool"),
  kind: z.enum(recordKinds).optional().describe("Only requests of this kind."),
  upstream_key: text.optional().describe("Only with this key at OpenAI. For operators."),
} satisfies Record<Dimension, z.ZodType>;

export const rangeFields = {
  since: text.default("7d").describe(`From when on: ${MOMENTS}. 7d is from the beginning of that day on.`),
  until: text.optional().describe("The end, in the same forms; a day with its last hour. Now, by default."),
  time_zone: text.default("UTC").describe("Whose days are meant, such as Europe/Vienna."),
};

export const questionFields = z.strictObject({
  ...rangeFields,
  by: text
    .default("")
    .describe(`What to group by, with commas between: ${dimensions.join(", ")}. All in one by default.`),
  period: z.enum(periods).optional().describe("Groups by time too."),
  ...filterFields,
});

export type QuestionFields = z.output<typeof questionFields>;
export type RangeFields = Pick<QuestionFields, "since" | "until" | "time_zone">;

export interface QuestionFault {
  field: keyof QuestionFields;
  detail: string;
}

/** A field that says what cannot be. */
export class QuestionError extends Error {
  readonly faults: readonly QuestionFault[];

  constructor(faults: readonly QuestionFault[]) {
    super(faults.map(({ field, detail }) => `${field}: ${detail}`).join("; "));
    this.name = "QuestionError";
    this.faults = faults;
  }
}

/** Ten years: a longer range is a mistake. */
const MAX_DAYS = 3660;
/** More hours than a chart or a table could use. */
const MAX_HOURLY_DAYS = 100;

/** `now` is in milliseconds since 1970. Throws a `QuestionError` with all faults. */
export const readQuestion = (fields: QuestionFields, now: number): SumsQuery => {
  const range = readRange(fields, now);
  const by = fields.by.split(",").filter((each) => each !== "");
  const unknown = by.filter((each) => !(dimensions as readonly string[]).includes(each));
  if (unknown.length > 0) throw new QuestionError(unknown.map(unknownDimension));
  if (fields.period === "hour" && range.until - range.since > MAX_HOURLY_DAYS * DAY_MS) {
    const detail = `by the hour a range has at most ${MAX_HOURLY_DAYS} days`;
    throw new QuestionError([{ field: "period", detail }]);
  }
  return {
    ...range,
    by: [...new Set(by)] as Dimension[],
    period: fields.period,
    timeZone: fields.time_zone,
    where: readFilters(fields),
  };
};

const unknownDimension = (name: string): QuestionFault => {
  const near = nearestName(name, dimensions);
  return {
    field: "by",
    detail: `must be of ${dimensions.join(", ")}${near ? `; did you mean ${near}?` : ""}`,
  };
};

export const readFilters = (fields: Partial<Record<Dimension, string | undefined>>): SumsQuery["where"] =>
  Object.fromEntries(
    dimensions.flatMap((each) => {
      const value = fields[each];
      return value === undefined ? [] : [[each, [value]]];
    }),
  );

/** Throws a `QuestionError`. */
export const readRange = (fields: RangeFields, now: number): Pick<SumsQuery, "since" | "until"> => {
  if (!isTimeZone(fields.time_zone)) {
    throw new QuestionError([{ field: "time_zone", detail: "must be a time zone such as Europe/Vienna" }]);
  }
  const calendar = calendarOf(fields.time_zone);
  const since = parseMoment(fields.since, { now, calendar, edge: "first" });
  const until = fields.until === undefined ? now : parseMoment(fields.until, { now, calendar, edge: "last" });
  if (since === undefined || until === undefined) {
    const field = since === undefined ? "since" : "until";
    throw new QuestionError([{ field, detail: `must be ${MOMENTS}` }]);
  }
  if (since > until) throw new QuestionError([{ field: "since", detail: "is after the end of the range" }]);
  if (until - since > MAX_DAYS * DAY_MS) {
    throw new QuestionError([{ field: "since", detail: `a range has at most ${MAX_DAYS} days` }]);
  }
  return { since, until };
};
