// An access token that is renewed well ahead of its end, so that no request waits for it.
import type { Clock, Timers } from "../../clock.ts";
import type { Log } from "../../observe/log.ts";
import type { Secret } from "../../secret.ts";
import type { TokenChange } from "../key-state.ts";
import type { KeyToken } from "../keys.ts";
import { upstreamFailure } from "../upstream-error.ts";
import { IdentityError } from "./identity-error.ts";
import type { AccessToken } from "./token-exchange.ts";

export interface RenewedToken extends KeyToken, Disposable {
  /** Resolves when there was a token for the first time. */
  readonly first: Promise<void>;
  /** Why the last renewal failed; undefined where it did not. */
  readonly problem: string | undefined;
  /** Undefined where there is no token. */
  figures(): TokenFigures | undefined;
}

export interface TokenFigures {
  ageSeconds: number;
  /** Until OpenAI takes it no longer. */
  leftSeconds: number;
}

export interface TokenPorts {
  /** A new one. Rejects with an `IdentityError`, or the signal's reason, in bounded time. */
  obtain(signal: AbortSignal): Promise<AccessToken>;
  /** The upstream key, and the setting that says where its token comes from. */
  name: string;
  setting: string;
  /** Not told of renewals in time. */
  onChange(change: TokenChange): void;
  onRenewal(result: "ok" | "failed"): void;
  clock: Pick<Clock, "monotonic">;
  timers: Pick<Timers, "after">;
  /** 0 to 1. */
  random(): number;
  log: Pick<Log, "write">;
}

/** A renewal begins when this share of the token's life is over, up to a tenth later, so that replicas do not ask all at once. */
const RENEWAL_SHARE = 0.6;
const JITTER_SHARE = 0.1;
/** However short a life is. */
const MIN_PAUSE_MS = 1000;
/** A request that is sent with the token has to arrive while it is valid. */
const MARGIN_MS = 5000;
const MAX_MARGIN_SHARE = 0.1;
/** After failures: doubled each time, with jitter. */
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;
/** Where OpenAI rejects a token, another is got early; but so often only, since that one may be rejected too. */
const REJECTED_MS = 60_000;

interface Held {
  secret: Secret;
  obtainedAt: number;
  /** Monotonic, as the clock of this machine may be wrong. */
  endsAt: number;
  usableUntil: number;
}

/** Begins at once. One renewal is under way at a time. */
export const renewedToken = (ports: TokenPorts): RenewedToken => new Renewal(ports);

class Renewal implements RenewedToken {
  readonly first: Promise<void>;
  readonly #hasFirst: () => void;
  readonly #ports: TokenPorts;
  readonly #closing = new AbortController();
  #held: Held | undefined;
  #problem: string | undefined;
  #failures = 0;
  #isRejected = false;
  #isMissing = true;
  #isUnderWay = false;
  #cancelRenewal = () => {};
  #cancelEnd = () => {};

  constructor(ports: TokenPorts) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.first = promise;
    this.#hasFirst = resolve;
    this.#ports = ports;
    void this.#renew();
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  current(): Secret {
    if (this.#held && this.isAvailable()) return this.#held.secret;
    const message = "the key has no valid access token";
    throw upstreamFailure("upstream-unavailable", message, { message: this.#problem }, { kind: "no-token" });
  }

  isAvailable(): boolean {
    return this.#held !== undefined && this.#ports.clock.monotonic() < this.#held.usableUntil;
  }

  rejected(): void {
    if (!this.#held || this.#isRejected) return;
    this.#isRejected = true;
    if (this.#isUnderWay || this.#failures > 0) return;
    const pause = this.#held.obtainedAt + REJECTED_MS - this.#ports.clock.monotonic();
    this.#plan(Math.max(0, pause));
  }

  figures(): TokenFigures | undefined {
    if (!this.#held) return undefined;
    const now = this.#ports.clock.monotonic();
    const { obtainedAt, endsAt } = this.#held;
    return { ageSeconds: (now - obtainedAt) / 1000, leftSeconds: Math.max(0, endsAt - now) / 1000 };
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new Error("the key is used no longer"));
    this.#cancelRenewal();
    this.#cancelEnd();
  }

  #plan(ms: number): void {
    this.#cancelRenewal();
    this.#cancelRenewal = this.#ports.timers.after(ms, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { clock, obtain, random, onRenewal } = this.#ports;
    const { signal } = this.#closing;
    const startedAt = clock.monotonic();
    this.#isUnderWay = true;
    try {
      const { secret, lifeMs } = await obtain(signal);
      if (signal.aborted) return;
      onRenewal("ok");
      this.#keep({ secret, lifeMs }, startedAt);
      const share = RENEWAL_SHARE + JITTER_SHARE * random();
      this.#plan(Math.max(MIN_PAUSE_MS, startedAt + lifeMs * share - clock.monotonic()));
    } catch (error) {
      if (signal.aborted) return;
      onRenewal("failed");
      this.#failed(error);
      const pause = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures - 1, 10));
      this.#plan(pause * (0.5 + 0.5 * random()));
    } finally {
      this.#isUnderWay = false;
    }
  }

  #keep({ secret, lifeMs }: AccessToken, startedAt: number): void {
    const { clock, timers, onChange, log, name } = this.#ports;
    const endsAt = startedAt + lifeMs;
    const usableUntil = endsAt - Math.min(MARGIN_MS, lifeMs * MAX_MARGIN_SHARE);
    const isFirst = this.#held === undefined;
    const isWaitedFor = this.#isMissing || this.#isRejected;
    this.#held = { secret, obtainedAt: startedAt, endsAt, usableUntil };
    this.#isMissing = false;
    this.#isRejected = false;
    if (this.#failures > 0) log.write("info", "workload-identity-back", { key: name });
    this.#failures = 0;
    this.#problem = undefined;
    this.#cancelEnd();
    this.#cancelEnd = timers.after(Math.max(0, usableUntil - clock.monotonic()), () => {
      this.#isMissing = true;
      onChange("missing");
    });
    this.#hasFirst();
    if (isFirst) onChange("first");
    else if (isWaitedFor) onChange("back");
  }

  // Once an episode: it may last for days.
  #failed(error: unknown): void {
    const { log, name, setting } = this.#ports;
    // Other errors are defects, or of a library: their message may hold anything.
    this.#problem = error instanceof IdentityError ? error.message : "an unexpected error";
    this.#failures += 1;
    if (this.#failures > 1) return;
    const left = this.isAvailable() ? this.figures()?.leftSeconds : undefined;
    log.write("warn", "workload-identity-failing", {
      key: name,
      setting,
      reason: this.#problem,
      effect:
        left === undefined
          ? "the key cannot be used; it is tried again meanwhile"
          : `the key can be used for ${Math.round(left)} s more; it is tried again meanwhile`,
    });
  }
}
