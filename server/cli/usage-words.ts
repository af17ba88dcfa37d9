// Figures of usage in words for a terminal.
import type { Spending } from "../ledger/usage-report.ts";

const count = new Intl.NumberFormat("en");
const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
// A single request often costs less than a cent.
const cents = new Intl.NumberFormat("en", {
  ...{ style: "currency", currency: "USD", maximumFractionDigits: 6, maximumSignificantDigits: 2 },
});

export const countText = (value: number): string => count.format(value);

/** `$12.34`; `> $12.34` where some of it has no known price, `unknown` where none has. */
export const costText = ({ costNanoUsd, unpriced }: Pick<Spending, "costNanoUsd" | "unpriced">): string => {
  if (costNanoUsd === undefined) return "unknown";
  const usd = costNanoUsd / 1e9;
  const text = usd > 0 && usd < 0.1 ? cents.format(usd) : dollars.format(usd);
  return unpriced > 0 ? `> ${text}` : text;
};

/** `0.4 ms`, `120 ms`, `1.2 s`. */
export const durationText = (ms: number): string => {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
};

/** Without what would move the cursor or hide a part: callers, models and OpenAI choose names and messages. */
export const harmless = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
