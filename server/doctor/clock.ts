// Whether this machine's clock agrees with OpenAI's.
import type { Check, Finding } from "./finding.ts";
import type { DoctorKey } from "./openai.ts";

/** Keys and tokens of half a minute end too early or late from here on. */
const WARN_MS = 15_000;
/** Tokens are then refused that should not be, and the other way round. */
const FAULT_MS = 60_000;

/** `key` is one of those at that server. */
export const clockCheck = (subject: string, key: DoctorKey): Check => ({
  ...{ id: "clock", subject, title: "Clock", group: "OpenAI", needs: [`base-url ${subject}`] },
  run: async (signal) => {
    const { headers, ms, at } = await key.access.listModels(signal);
    const theirs = typeof headers.date === "string" ? Date.parse(headers.date) : Number.NaN;
    if (Number.isNaN(theirs)) {
      return [{ check: "clock", level: "note", subject, title: "the server does not say what time it is" }];
    }
    return [clockFinding(at - theirs, ms, subject)];
  },
});

// Its field has whole seconds, and was written while the answer was on its way.
const clockFinding = (differenceMs: number, onTheWayMs: number, subject: string): Finding => {
  const differs = Math.max(0, Math.abs(differenceMs) - 1000 - onTheWayMs);
  const seconds = Math.round(differs / 1000);
  const figures = { differenceSeconds: Math.round(differenceMs / 1000) };
  if (differs < WARN_MS) {
    return { check: "clock", level: "ok", subject, title: "agrees with this machine's", figures };
  }
  return {
    ...{ check: "clock.skew", level: differs < FAULT_MS ? "warning" : "fault", subject, figures },
    title: `this machine's clock is ${seconds} s ${differenceMs > 0 ? "ahead" : "behind"}`,
    cause: "Keys, tokens and signed requests end by the clock: they are taken too long, or refused too soon.",
    fix: "Have chronyd or systemd-timesyncd set this machine's clock; a container has its host's.",
  };
};
