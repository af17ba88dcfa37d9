// Counts a session's time in the accounts that have minutes, and ends it where they are used up.
import type { SessionAccount, SessionStore } from "../store/session-store.ts";
import type { CreateWatcher, SessionControl, SessionWatcher } from "./watcher.ts";

export interface MinutesPorts {
  store: Pick<SessionStore, "addTime">;
  /** By the configuration in force. */
  accounts: readonly SessionAccount[];
  now(): number;
}

/** What is lost where a replica is killed. */
const COUNT_MS = 10_000;

export const minutesWatch =
  ({ store, accounts, now }: MinutesPorts): CreateWatcher =>
  (control) =>
    new MinutesWatch(
      control,
      store,
      accounts.filter(({ dayMs, monthMs }) => dayMs !== undefined || monthMs !== undefined),
      now,
    );

class MinutesWatch implements SessionWatcher {
  readonly #control: SessionControl;
  readonly #store: MinutesPorts["store"];
  readonly #accounts: readonly SessionAccount[];
  readonly #now: () => number;
  #countedAt: number;
  #isCounting = false;

  constructor(
    control: SessionControl,
    store: MinutesPorts["store"],
    accounts: readonly SessionAccount[],
    now: () => number,
  ) {
    this.#control = control;
    this.#store = store;
    this.#accounts = accounts;
    this.#now = now;
    this.#countedAt = now();
  }

  onFact(): void {}

  onTick(now: number): void {
    if (this.#accounts.length === 0 || this.#isCounting || now - this.#countedAt < COUNT_MS) return;
    this.#isCounting = true;
    void this.#count(now).finally(() => {
      this.#isCounting = false;
    });
  }

  close(): void {
    if (this.#accounts.length > 0) void this.#count(this.#now());
  }

  /** Never rejects: while the database is away, the time is counted when it is back. */
  async #count(now: number): Promise<void> {
    const from = this.#countedAt;
    this.#countedAt = now;
    const names = this.#accounts.map(({ name }) => name);
    try {
      const used = await this.#store.addTime(names, now, Math.max(0, now - from));
      const isUsedUp = this.#accounts.some(({ name, dayMs, monthMs }) => {
        const time = used.find(({ account }) => account === name);
        return time && (time.dayMs >= (dayMs ?? Infinity) || time.monthMs >= (monthMs ?? Infinity));
      });
      if (isUsedUp) this.#control.end("minutes");
    } catch {
      // The time that another count has added meanwhile is not in it.
      this.#countedAt -= now - from;
    }
  }
}
