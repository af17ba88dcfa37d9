// Numbers within the bounds of a JSON Schema.
import { isNumber, type Schema } from "./combine.ts";

const USUAL = 42;

interface Bound {
  value: number;
  /** Whether the value itself is not allowed. */
  open: boolean;
}

/** The least number that is allowed, or 42; the nth element of a list is so many steps above. */
export const inventNumber = (schema: Schema, isInteger: boolean, nth: number): number => {
  const step =
    isNumber(schema.multipleOf) && schema.multipleOf > 0 ? schema.multipleOf : isInteger ? 1 : undefined;
  const [low] = boundsOf(schema.minimum, schema.exclusiveMinimum).toSorted((a, b) => b.value - a.value);
  const [high] = boundsOf(schema.maximum, schema.exclusiveMaximum).toSorted((a, b) => a.value - b.value);
  const first = step === undefined ? anyNumber(low, high) : multiple(step, low, high);
  const wanted = first + nth * (step ?? 1);
  return tidy(isBelow(wanted, high) ? wanted : first);
};

// The bound that allows less comes first where both have the same value.
const boundsOf = (closed: unknown, open: unknown): Bound[] => [
  ...(isBound(open) ? [{ value: open, open: true }] : []),
  ...(isBound(closed) ? [{ value: closed, open: false }] : []),
];

// Schema libraries write the limits of an integer in a double, which is no bound that an author chose.
const isBound = (value: unknown): value is number =>
  isNumber(value) && Math.abs(value) < Number.MAX_SAFE_INTEGER;

const isBelow = (value: number, high: Bound | undefined): boolean =>
  high === undefined || value < high.value || (value === high.value && !high.open);

const anyNumber = (low: Bound | undefined, high: Bound | undefined): number => {
  if (low && !low.open) return low.value;
  if (low) return high ? (low.value + high.value) / 2 : low.value + 1;
  if (isBelow(USUAL, high)) return USUAL;
  return (high?.value ?? USUAL) - (high?.open ? 1 : 0);
};

const multiple = (step: number, low: Bound | undefined, high: Bound | undefined): number => {
  const times = (value: number): number => value / step;
  if (low) return step * (low.open ? Math.floor(times(low.value)) + 1 : Math.ceil(times(low.value)));
  if (isBelow(USUAL, high)) return step * Math.floor(times(USUAL));
  const top = high?.value ?? USUAL;
  return step * (high?.open ? Math.ceil(times(top)) - 1 : Math.floor(times(top)));
};

// 3 * 0.1 is not a multiple of 0.1 until it is rounded.
const tidy = (value: number): number => Number(value.toPrecision(15));
