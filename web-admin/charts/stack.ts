// Groups over time as stacked columns. Pure.
import type { Overview } from "../api/answers.ts";

export interface Group {
  /** Undefined for all that have no column part of their own. */
  name: string | undefined;
  /** One for each period. */
  values: number[];
  sum: number;
}

/** The largest group first, what is left over last. */
export const groupsOf = (
  { groups, points }: Pick<Overview, "groups" | "points">,
  periods: readonly number[],
): Group[] => {
  const columns = new Map(periods.map((at, index) => [at, index]));
  const empty = () => Array<number>(periods.length).fill(0);
  const all = empty();
  const named = new Map(groups.map((name) => [name, empty()]));
  for (const { at, name, value } of points) {
    const column = columns.get(at);
    if (column === undefined) continue;
    const values = name === null ? all : named.get(name);
    if (values) values[column] = (values[column] ?? 0) + value;
  }
  const others = all.map((value, column) => {
    const known = [...named.values()].reduce((sum, values) => sum + (values[column] ?? 0), 0);
    return Math.max(0, value - known);
  });
  const stacked = [...named].map(([name, values]) => groupOf(name, values));
  const rest = groupOf(undefined, others);
  return rest.sum > 0 ? [...stacked, rest] : stacked;
};

const groupOf = (name: string | undefined, values: number[]): Group => ({
  name,
  values,
  sum: values.reduce((sum, value) => sum + value, 0),
});

/** For drawing: the tops of the columns, the highest first, so that each covers the lower part of the one before. */
export const topsOf = (groups: readonly Group[]): number[][] => {
  const tops: number[][] = [];
  for (const { values } of groups) {
    const below = tops.at(-1);
    tops.push(values.map((value, column) => value + (below?.[column] ?? 0)));
  }
  return tops.reverse();
};
