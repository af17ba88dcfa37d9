// Chance that can be repeated: the same seed makes the same choices.

export interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number;
  one<T>(choices: readonly T[]): T;
  /** True in `share` of all cases. */
  chance(share: number): boolean;
}

/** mulberry32: small, and good enough for choices. */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return {
    next,
    below,
    one: (choices) => choices[below(choices.length)] as (typeof choices)[number],
    chance: (share) => next() < share,
  };
};
