// In which tables of sums a record is counted: once with all dimensions, and once for each view that is asked for all the time. Pure.
import type { Dimension } from "./books.ts";

/** Columns of the dimensions in the database. */
export const dimensionColumns = {
  user: "caller",
  team: "team",
  model: "model",
  profile: "profile",
  tool: "tool",
  kind: "kind",
  upstream_key: "upstream_key",
} as const satisfies Record<Dimension, string>;

/**
 * The dimensions that each slice keeps beside the kind; the others are empty in it. Few sums are read for a chart of ninety days by
 * model, however many callers there are. The narrowest come first.
 */
export const slices = {
  none: ["kind"],
  team: ["kind", "team"],
  model: ["kind", "model"],
  profile: ["kind", "profile"],
  tool: ["kind", "tool"],
  upstream_key: ["kind", "upstream_key"],
  // A caller is of one team most of the time.
  user: ["kind", "user", "team"],
  all: ["kind", "user", "team", "model", "profile", "tool", "upstream_key"],
} as const satisfies Record<string, readonly Dimension[]>;

export type Slice = keyof typeof slices;

/** The narrowest slice that has the dimensions. */
export const sliceFor = (asked: Iterable<Dimension>): Slice => {
  const needed = [...asked];
  const found = Object.entries(slices).find(([, kept]: [string, readonly Dimension[]]) =>
    needed.every((dimension) => kept.includes(dimension)),
  );
  return (found?.[0] ?? "all") as Slice;
};
