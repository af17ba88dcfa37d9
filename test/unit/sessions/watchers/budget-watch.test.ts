// A session's part of budgets: reserved minute by minute, and settled with what was used.
import { expect, it } from "vitest";
import { type Budgets, createBudgets } from "../../../../server/budgets/budgets.ts";
import { chargesOf, runningBudgets } from "../../../../server/budgets/charges.ts";
import { LocalAmounts } from "../../../../server/budgets/local-amounts.ts";
import { createReserving } from "../../../../server/budgets/reserve.ts";
import type { EndReason } from "../../../../server/sessions/session.ts";
import { budgetWatch, type Held, holdMinute } from "../../../../server/sessions/watchers/budget-watch.ts";
import type { SessionControl } from "../../../../server/sessions/watchers/watcher.ts";
import { budget, NOON } from "../../../support/budget-charges.ts";
import { noTotals, voiceSession } from "../../../support/voice-session.ts";

const session = voiceSession({ voice: { ...voiceSession().voice, usd_per_minute: 0.5 } });

const setUp = (fields: object) => {
  const local = new LocalAmounts();
  const reserving = createReserving({ local, shared: undefined, share: 1, onSettled: () => {} });
  const running = runningBudgets([budget({ requests: undefined, ...fields })]);
  let now = NOON;
  const clock = { now: () => now };
  const budgets: Budgets = createBudgets({
    ...{ budgets: running, local, reserving, clock, alerts: { check: () => {} } },
  });
  const ports = { budgets: () => budgets, newTimeBudget: () => ({ wait: <T>(work: Promise<T>) => work }) };
  const [charge] = chargesOf(running, session, { tokens: 1, minutes: 1, cost_usd: 1 }, now);
  const state = () => charge && local.state(charge.account);
  const totals = { ...noTotals };
  const ends: EndReason[] = [];
  const watching = (first?: Held) => {
    const control = { session, totals, end: (reason) => void ends.push(reason) } as Partial<SessionControl>;
    const watcher = budgetWatch(ports, clock.now, first)(control as SessionControl);
    return {
      ...watcher,
      close: () => watcher.close?.(true),
      /** Seconds, each with its tick. */
      pass: async (seconds: number) => {
        for (let each = 0; each < seconds; each += 1) {
          now += 1000;
          watcher.onTick?.(now);
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    };
  };
  return { ports, state, totals, ends, watching, budgets };
};

it("reserves a minute's cost before a session, and settles it with what was used", async () => {
  const { ports, state, totals, watching } = setUp({ cost_usd: 2 });
  const verdict = await holdMinute(session, {}, ports);
  const first = "held" in verdict ? verdict.held : undefined;
  expect(state()).toEqual({ spent: 0, held: 5e8 });
  const watch = watching(first);
  await watch.pass(59);
  totals.costNanoUsd = 2e8;
  await watch.pass(1);
  expect(state()).toEqual({ spent: 2e8, held: 5e8 });
  totals.costNanoUsd = 3e8;
  watch.close();
  expect(state()).toEqual({ spent: 3e8, held: 0 });
});

it("reserves anew as soon as more is used than was reserved, and then as much as that", async () => {
  const { state, totals, watching } = setUp({ tokens: 100_000 });
  const watch = watching();
  await watch.pass(1);
  expect(state()).toEqual({ spent: 0, held: 2000 });
  totals.tokens = 9000;
  await watch.pass(1);
  expect(state()).toEqual({ spent: 9000, held: 9000 });
});

it("ends a session when its budget has too little left for another minute", async () => {
  const { totals, ends, watching, state } = setUp({ tokens: 5000 });
  const watch = watching();
  await watch.pass(1);
  totals.tokens = 3500;
  await watch.pass(1);
  expect(ends).toEqual(["budget"]);
  expect(state()).toEqual({ spent: 3500, held: 0 });
});

it("waits ten seconds for what others hold before it ends a session", async () => {
  const { ports, ends, watching } = setUp({ tokens: 3000 });
  const other = await holdMinute(session, {}, ports);
  const watch = watching();
  await watch.pass(9);
  expect(ends).toEqual([]);
  if ("held" in other) other.held?.settle({});
  await watch.pass(60);
  expect(ends).toEqual([]);
});

it("counts the minutes that a session is open", async () => {
  const { state, watching } = setUp({ minutes: 60 });
  const watch = watching();
  await watch.pass(91);
  watch.close();
  expect(state()).toEqual({ spent: 91_000, held: 0 });
});

it("refuses a session for which there is too little, and holds nothing then", async () => {
  const { ports, state } = setUp({ cost_usd: 0.4 });
  const verdict = await holdMinute(session, {}, ports);
  expect("refusedBy" in verdict && verdict.refusedBy.map(({ isTooLittle }) => isTooLittle)).toEqual([true]);
  expect(state()).toEqual({ spent: 0, held: 0 });
});
