// Whether a session is seen, since when, and the unseen time that is not counted yet. Pure; all times are in milliseconds since 1970.
import type { VoiceSession } from "../session.ts";

/** A replica that is gone is noticed after this time. */
const UNOWNED_MS = 3000;

export class Sight {
  #unseenSince: number | undefined;
  #changedAt: number;

  /** As it begins on this replica: one that is taken over was not seen since something was said in it last. */
  constructor({ term, activeAt }: Pick<VoiceSession, "activeAt" | "term">, now: number) {
    this.#changedAt = now;
    if (term > 1) this.#unseenSince = Math.max(activeAt, now - UNOWNED_MS);
  }

  get isUnseen(): boolean {
    return this.#unseenSince !== undefined;
  }

  /** For how many milliseconds it has been as it is. */
  lastedMs(now: number): number {
    return now - this.#changedAt;
  }

  lose(now: number): void {
    this.#unseenSince ??= now;
    this.#changedAt = now;
  }

  regain(now: number): void {
    this.#unseenSince = undefined;
    this.#changedAt = now;
  }

  /** Seconds that were not seen since the last time. */
  takeUnseen(now: number): number {
    if (this.#unseenSince === undefined) return 0;
    const seconds = Math.max(0, now - this.#unseenSince) / 1000;
    this.#unseenSince = now;
    return seconds;
  }
}
