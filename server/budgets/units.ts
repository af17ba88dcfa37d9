// What budgets count, as whole numbers: requests, tokens, milliseconds and billionths of a US dollar.

export const units = ["requests", "tokens", "minutes", "cost_usd"] as const;
export type Unit = (typeof units)[number];

/** Amounts by unit, in whole parts. A unit that has no part in a request is left out. */
export type Amounts = Readonly<Partial<Record<Unit, number>>>;

const parts: Record<Unit, number> = { requests: 1, tokens: 1, minutes: 60_000, cost_usd: 1_000_000_000 };

/** An amount as broker.yaml has it, in whole parts. */
export const wholeParts = (unit: Unit, amount: number): number => Math.round(amount * parts[unit]);

/** Whole parts as broker.yaml would have them. */
export const plainAmount = (unit: Unit, whole: number): number => whole / parts[unit];

const decimals: Record<Unit, number> = { requests: 0, tokens: 0, minutes: 1, cost_usd: 2 };
const words: Record<Unit, string> = {
  requests: "requests",
  tokens: "tokens",
  minutes: "minutes",
  cost_usd: "USD",
};

/** For sentences: `5.00 USD`, `1,200 requests`. What is less than the last digit is shown in full. */
export const writtenAmount = (unit: Unit, whole: number): string => {
  const amount = plainAmount(unit, whole);
  const least = 10 ** -decimals[unit];
  const digits = amount > 0 && amount < least ? 9 : decimals[unit];
  const text = amount.toLocaleString("en-US", {
    minimumFractionDigits: decimals[unit],
    maximumFractionDigits: digits,
  });
  return `${text} ${words[unit]}`;
};
