// The targets: each a line with the figure, the target and whether it was reached.
import { print } from "./print.ts";

const printTarget = (what: string, figure: string, target: string, verdict: string): void => {
  print(`${what.padEnd(48)} ${figure.padStart(10)}   target ${target.padEnd(12)} ${verdict}`);
};

const verdictOf = (reached: boolean): string => (reached ? "reached" : "NOT REACHED");

/** A ratio of requests per second. `prize` is what we would be proud of. */
export const printRatio = (what: string, ratio: number, least: number, prize?: number): void => {
  // Over a program that answered nothing, any ratio is infinite.
  const reaches = (goal: number) => Number.isFinite(ratio) && ratio >= goal;
  const prizeVerdict = prize !== undefined && reaches(prize) ? `, and the prize of ${prize}x` : "";
  printTarget(what, `${ratio.toFixed(2)}x`, `>= ${least}x`, verdictOf(reaches(least)) + prizeVerdict);
};

/** A ratio without a target. */
export const printPlainRatio = (what: string, ratio: number): void => {
  print(`${what.padEnd(48)} ${`${ratio.toFixed(2)}x`.padStart(10)}`);
};

/** A figure that must stay below a bound. `holds` is anything else that must be so. */
export const printBelow = (
  what: string,
  figure: number,
  unit: string,
  bound: number,
  { digits = 0, holds = true } = {},
): void => {
  const joined = unit === "x" ? "x" : ` ${unit}`;
  const reached = figure < bound && holds;
  printTarget(what, figure.toFixed(digits) + joined, `< ${bound}${joined}`, verdictOf(reached));
};
