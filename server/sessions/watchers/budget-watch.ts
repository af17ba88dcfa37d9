// A session's part of budgets: about a minute is reserved, settled with what was used, and reserved anew.
import type { AccountState, Budgets, BudgetVerdict } from "../../budgets/budgets.ts";
import type { Reservation } from "../../budgets/reserve.ts";
import type { Amounts } from "../../budgets/units.ts";
import type { TimeBudget } from "../../limits/time-budget.ts";
import type { SessionTotals, VoiceSession } from "../session.ts";
import type { CreateWatcher, SessionControl, SessionWatcher } from "./watcher.ts";

export interface VoiceBudgetPorts {
  /** By the configuration in force; undefined where it has none. */
  budgets(): Budgets | undefined;
  newTimeBudget(): TimeBudget;
}

type Used = Required<Omit<Amounts, "requests">>;

/** What is reserved for a session. It is settled where it was reserved, whatever is in force then. */
export class Held {
  readonly estimate: Used;
  readonly #budgets: Budgets;
  #reservation: Reservation | undefined;

  constructor(budgets: Budgets, reservation: Reservation, estimate: Used) {
    this.#budgets = budgets;
    this.#reservation = reservation;
    this.estimate = estimate;
  }

  /** Only the first time counts. A unit that is left out has spent nothing. */
  settle(spent: Amounts): void {
    const reservation = this.#reservation;
    this.#reservation = undefined;
    if (reservation) this.#budgets.settle(reservation, spent);
  }
}

export type HoldVerdict = { held: Held | undefined } | { refusedBy: readonly AccountState[] };

type Spending = Pick<VoiceSession, "caller" | "profile" | "voice">;

const MINUTE_MS = 60_000;
/** Two people who talk all the time use fewer. */
const MINUTE_TOKENS = 2000;
const NANO = 1e9;
/** Others may hold what is left for a moment only. */
const WAIT_MS = 10_000;

/** Reserves about one more minute. `recent`: what the last one used. */
export const holdMinute = async (
  { caller, profile, voice }: Spending,
  recent: Pick<Amounts, "cost_usd" | "tokens">,
  { budgets: inForce, newTimeBudget }: VoiceBudgetPorts,
): Promise<HoldVerdict> => {
  const budgets = inForce();
  if (!budgets) return { held: undefined };
  const estimate = {
    tokens: Math.max(MINUTE_TOKENS, recent.tokens ?? 0),
    minutes: MINUTE_MS,
    cost_usd: Math.max(Math.round(voice.usd_per_minute * NANO), recent.cost_usd ?? 0),
  };
  const verdict: BudgetVerdict | undefined = await budgets.reserve(
    { caller, profile },
    estimate,
    newTimeBudget(),
  );
  if (!verdict) return { held: undefined };
  if (!verdict.allowed) return { refusedBy: verdict.refusedBy };
  return { held: new Held(budgets, verdict.reservation, estimate) };
};

/** `first` is what was reserved before the session was created; undefined for one that was taken over. */
export const budgetWatch =
  (ports: VoiceBudgetPorts, now: () => number, first?: Held): CreateWatcher =>
  (control) =>
    new BudgetWatch(control, ports, now, first);

class BudgetWatch implements SessionWatcher {
  readonly #control: SessionControl;
  readonly #ports: VoiceBudgetPorts;
  readonly #now: () => number;
  #held: Held | undefined;
  /** Up to where the session is settled. */
  #settled: Pick<SessionTotals, "costNanoUsd" | "tokens">;
  #settledAt: number;
  /** When to reserve next, if what was reserved lasts so long. */
  #dueAt: number;
  #refusedSince: number | undefined;
  #isAsking = false;
  #isClosed = false;

  constructor(control: SessionControl, ports: VoiceBudgetPorts, now: () => number, first: Held | undefined) {
    this.#control = control;
    this.#ports = ports;
    this.#now = now;
    this.#held = first;
    this.#settled = { ...control.totals };
    this.#settledAt = now();
    this.#dueAt = first ? this.#settledAt + MINUTE_MS : this.#settledAt;
  }

  onFact(): void {}

  onTick(now: number): void {
    if (this.#isAsking) return;
    const { estimate } = this.#held ?? {};
    const spent = this.#spent(now);
    const isUsed = estimate && (spent.tokens >= estimate.tokens || spent.cost_usd >= estimate.cost_usd);
    // What fails is asked again with the next tick, and must not end the process.
    if (isUsed || now >= this.#dueAt) this.#renew(spent, now).catch(() => {});
  }

  close(): void {
    this.#isClosed = true;
    // What is being reserved is settled when it is there.
    if (!this.#isAsking) this.#settle(this.#spent(this.#now()), this.#now());
  }

  #spent(now: number): Used {
    const { tokens, costNanoUsd } = this.#control.totals;
    return {
      tokens: tokens - this.#settled.tokens,
      minutes: Math.max(0, now - this.#settledAt),
      cost_usd: costNanoUsd - this.#settled.costNanoUsd,
    };
  }

  #settle(spent: Amounts, now: number): void {
    const held = this.#held;
    this.#held = undefined;
    this.#settled = { ...this.#control.totals };
    this.#settledAt = now;
    held?.settle(spent);
  }

  async #renew(spent: Used, now: number): Promise<void> {
    this.#isAsking = true;
    // Without a reservation nothing is settled: what was spent meanwhile stays to be counted with the next.
    if (this.#held) this.#settle(spent, now);
    try {
      const verdict = await holdMinute(this.#control.session, spent, this.#ports);
      if ("refusedBy" in verdict) return this.#refused(verdict.refusedBy, now);
      this.#refusedSince = undefined;
      this.#dueAt = now + MINUTE_MS;
      this.#held = verdict.held;
    } finally {
      this.#isAsking = false;
      if (this.#isClosed) this.close();
    }
  }

  #refused(refusedBy: readonly AccountState[], now: number): void {
    this.#refusedSince ??= now;
    const isTooLittle = refusedBy.some((state) => state.isTooLittle);
    if (isTooLittle || now - this.#refusedSince >= WAIT_MS) this.#control.end("budget");
  }
}
