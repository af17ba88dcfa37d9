// What the page shows, as its address says it: shareable, and the back button works.

export const views = ["overview", "requests", "sessions", "users"] as const;
export const ranges = ["24h", "7d", "30d", "month", "custom"] as const;
export const dimensions = ["user", "team", "model", "profile", "tool", "upstream_key"] as const;
export const measures = ["cost", "tokens", "requests", "keys", "reported"] as const;
/** What can be filtered by. */
export const filterNames = ["user", "team", "model", "profile", "tool", "kind", "upstream_key"] as const;

export type View = (typeof views)[number];
export type Range = (typeof ranges)[number];
export type Dimension = (typeof dimensions)[number];
export type Measure = (typeof measures)[number];
export type FilterName = (typeof filterNames)[number];
export type Filters = Partial<Record<FilterName, string>>;

export interface Shown {
  view: View;
  range: Range;
  /** Days such as 2026-11-21, of a custom range. */
  from: string | undefined;
  to: string | undefined;
  timeZone: string;
  by: Dimension;
  measure: Measure;
  filters: Filters;
  /** The request whose story is open. */
  request: string | undefined;
}

export const localTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const oneOf = <T extends string>(all: readonly T[], text: string | null, fallback: T): T =>
  all.find((each) => each === text) ?? fallback;

const dayIn = (text: string | null): string | undefined =>
  text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;

const timeZoneIn = (text: string | null): string => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text ?? localTimeZone() }).resolvedOptions().timeZone;
  } catch {
    return localTimeZone();
  }
};

/** What an address shows; what makes no sense in it counts as left out. */
export const readAddress = (search: string): Shown => {
  const query = new URLSearchParams(search);
  const from = dayIn(query.get("from"));
  const to = dayIn(query.get("to"));
  const range = oneOf(ranges, query.get("range"), "30d");
  return {
    view: oneOf(views, query.get("view"), "overview"),
    range: range === "custom" && !(from && to && from <= to) ? "30d" : range,
    from,
    to,
    timeZone: timeZoneIn(query.get("tz")),
    by: oneOf(dimensions, query.get("by"), "user"),
    measure: oneOf(measures, query.get("measure"), "cost"),
    filters: Object.fromEntries(
      filterNames.flatMap((name) => {
        const value = query.get(name);
        return value === null ? [] : [[name, value]];
      }),
    ),
    request: query.get("request") ?? undefined,
  };
};

/** The shortest query that shows it. */
export const writeAddress = (shown: Shown): string => {
  const query = new URLSearchParams();
  const set = (name: string, value: string | undefined, standard: string | undefined) =>
    value !== undefined && value !== standard && query.set(name, value);
  set("view", shown.view, "overview");
  set("range", shown.range, "30d");
  if (shown.range === "custom") {
    set("from", shown.from, undefined);
    set("to", shown.to, undefined);
  }
  set("tz", shown.timeZone, localTimeZone());
  set("by", shown.by, "user");
  set("measure", shown.measure, "cost");
  for (const name of filterNames) set(name, shown.filters[name], undefined);
  set("request", shown.request, undefined);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
};
