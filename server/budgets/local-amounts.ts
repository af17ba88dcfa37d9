// What this replica knows of the amounts: what it spent and holds itself, and what it was told of the others. Pure.
import type { Account, Charge } from "./charges.ts";

/** Of one account. */
export interface AmountState {
  /** Settled. */
  spent: number;
  /** Reserved by requests under way. */
  held: number;
}

/** What one replica has spent of an account. It only grows, so the larger of two is the newer, and writing it twice changes nothing. */
export interface ReplicaAmount {
  account: string;
  replica: string;
  /** When the account's period ends, in milliseconds since 1970. */
  endsAt: number;
  spent: number;
}

export interface KnownAmount {
  readonly endsAt: number;
  /** By this replica. */
  spent: number;
  held: number;
  /** By the others, as far as known. */
  othersSpent: number;
  othersHeld: number;
  /** `spent` and `held` together when the others were last heard of: what came since is given out by this replica alone. */
  knownToOthers: number;
  isUnsaved: boolean;
  /** Whether shared state may not have what is here. */
  isUnshared: boolean;
  /** How often all of it was sent to shared state. */
  merges: number;
  /** The highest threshold that this replica has told, in percent. */
  raised: number;
}

/**
 * Whether a request may pass. What costs nothing by its estimate passes until the amount is used up; what has an estimate passes
 * only where all of it fits, so that requests under way cannot overshoot together.
 */
export const fits = ({ spent, held }: AmountState, limit: number, estimate: number): boolean =>
  estimate === 0 ? spent < limit : spent + held + estimate <= limit;

export class LocalAmounts {
  /** Whether shared state may lack what others have spent: until that is merged, this replica also keeps to its share. */
  isSharedBehind = false;
  readonly #known = new Map<string, KnownAmount>();

  find(id: string): KnownAmount | undefined {
    return this.#known.get(id);
  }

  of({ id, period }: Pick<Account, "id" | "period">): KnownAmount {
    const known = this.#known.get(id);
    if (known) return known;
    const fresh = { endsAt: period.endsAt, spent: 0, held: 0, othersSpent: 0, othersHeld: 0 };
    const amount: KnownAmount = {
      ...fresh,
      knownToOthers: 0,
      isUnsaved: false,
      isUnshared: false,
      merges: 0,
      raised: 0,
    };
    this.#known.set(id, amount);
    return amount;
  }

  state(account: Pick<Account, "id" | "period">): AmountState {
    const { spent, held, othersSpent, othersHeld } = this.of(account);
    return { spent: spent + othersSpent, held: held + othersHeld };
  }

  /** Whether it fits where this replica alone decides: of what was left when the others were last heard of, it gives out `share`. */
  fitsAlone({ account, estimate }: Charge, share: number): boolean {
    if (!fits(this.state(account), account.limit, estimate)) return false;
    if (estimate === 0) return true;
    const { spent, held, othersSpent, othersHeld, knownToOthers } = this.of(account);
    const left = account.limit - othersSpent - othersHeld - knownToOthers;
    return spent + held + estimate - knownToOthers <= left * share;
  }

  hold(charges: readonly Charge[]): void {
    for (const { account, estimate } of charges) this.of(account).held += estimate;
  }

  release(charges: readonly Charge[]): void {
    for (const { account, estimate } of charges) this.of(account).held -= estimate;
  }

  /** `spent` is in the order of the charges. */
  settle(charges: readonly Charge[], spent: readonly number[]): void {
    this.release(charges);
    for (const [index, { account }] of charges.entries()) {
      const amount = this.of(account);
      amount.spent += spent[index] ?? 0;
      if (spent[index]) amount.isUnsaved = true;
    }
  }

  /** What the other replicas have spent and hold. */
  hear(account: Pick<Account, "id" | "period">, { spent, held }: AmountState): void {
    const amount = this.of(account);
    // A shared state that has lost its data tells less than is known.
    amount.othersSpent = Math.max(amount.othersSpent, spent);
    amount.othersHeld = held;
    amount.knownToOthers = amount.spent + amount.held;
  }

  /** Takes over what other replicas, and earlier processes, have spent. */
  restore(amounts: readonly ReplicaAmount[]): void {
    const sums = new Map<string, { endsAt: number; spent: number }>();
    for (const { account, endsAt, spent } of amounts) {
      sums.set(account, { endsAt, spent: (sums.get(account)?.spent ?? 0) + spent });
    }
    for (const [id, { endsAt, spent }] of sums) {
      const amount = this.of({ id, period: { startsAt: 0, endsAt } });
      amount.othersSpent = Math.max(amount.othersSpent, spent);
    }
  }

  /** Takes over which thresholds were told, so that a start asks for none of them again. */
  noteRaised(alerts: readonly { account: string; endsAt: number; threshold: number }[]): void {
    for (const { account, endsAt, threshold } of alerts) {
      this.of({ id: account, period: { startsAt: 0, endsAt } }).raised = threshold;
    }
  }

  entries(): IterableIterator<[string, KnownAmount]> {
    return this.#known.entries();
  }

  /** Forgets periods that have ended and are saved and settled. */
  forgetEnded(now: number): void {
    for (const [id, { endsAt, held, isUnsaved }] of this.#known) {
      if (endsAt <= now && held === 0 && !isUnsaved) this.#known.delete(id);
    }
  }
}
