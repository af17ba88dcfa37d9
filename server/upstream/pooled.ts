// Mints with a pool of keys: one bad key, region or minute at OpenAI is not noticed.
import type { Clock } from "../clock.ts";
import { Failure } from "../failure.ts";
import type { Outcome } from "./health.ts";
import type { Choice, Pool, PoolKey } from "./pool.ts";
import { backoffMs, type RetryBudget } from "./retries.ts";
import { type Account, type MintedKey, type MintRequest, type Upstream, UpstreamError } from "./upstream.ts";

export interface PooledKey extends PoolKey {
  account: Account;
}

export interface PooledPorts {
  pool: Pool<PooledKey>;
  budget: RetryBudget;
  clock: Clock;
  random(): number;
  /** Rejects with the signal's reason. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  onAttempt(key: string, outcome: Outcome["kind"]): void;
  /** For all attempts of one mint together. */
  timeoutMs: number;
}

/** How often one mint asks a key again that has just failed. */
const REPEATS = 2;

/** Throws what the last attempt threw, or `upstream-unavailable` when no key may be used now. */
export const pooledUpstream = (ports: PooledPorts): Upstream => ({
  mint: async (request) => {
    const { pool, budget, clock } = ports;
    const endsAt = clock.monotonic() + ports.timeoutMs;
    const tried = new Set<string>();
    let last: Failure | undefined;
    // Refused keys need no second question; those that failed may be worth one.
    let hasFailed = false;
    let repeats = 0;
    budget.earn();
    for (;;) {
      const choice = pool.choose(request.model, tried) ?? (await again());
      if (!choice) throw last ?? unavailable(pool, request.model, clock.now());
      tried.add(choice.key.name);
      try {
        return await attempt(ports, choice, request, endsAt - clock.monotonic());
      } catch (error) {
        if (!(error instanceof Failure) || !mayGoOn(error, budget)) throw error;
        last = error;
        hasFailed ||= faultOf(error)?.outcome.kind === "failed";
      }
    }

    // All keys were tried. One that may still be used is asked again, after a pause.
    async function again(): Promise<Choice<PooledKey> | undefined> {
      if (!hasFailed || repeats === REPEATS) return undefined;
      repeats += 1;
      const pauseMs = backoffMs(repeats, ports.random);
      if (clock.monotonic() + pauseMs >= endsAt) return undefined;
      await ports.pause(pauseMs, request.signal);
      return pool.choose(request.model, new Set());
    }
  },
});

const attempt = async (
  { clock, onAttempt }: PooledPorts,
  { key, report }: Choice<PooledKey>,
  request: MintRequest,
  timeoutMs: number,
): Promise<MintedKey> => {
  const began = clock.monotonic();
  const end = (outcome: Outcome): void => {
    report(outcome);
    onAttempt(key.name, outcome.kind);
  };
  try {
    const minted = await key.account.mint(request, timeoutMs);
    end({ kind: "answered", latencyMs: clock.monotonic() - began });
    return minted;
  } catch (error) {
    const fault = faultOf(error);
    if (fault) fault.report.key = key.name;
    const latencyMs = clock.monotonic() - began;
    end(
      fault?.outcome.kind === "answered"
        ? { kind: "answered", latencyMs }
        : (fault?.outcome ?? { kind: "abandoned" }),
    );
    throw error;
  }
};

const faultOf = (error: unknown): UpstreamError | undefined =>
  error instanceof Failure && error.cause instanceof UpstreamError ? error.cause : undefined;

// A key that is refused is left alone by all from then on, so moving on is no storm. Who had no answer in time has none left.
const mayGoOn = (error: Failure, budget: RetryBudget): boolean => {
  const fault = faultOf(error);
  const kind = fault?.outcome.kind;
  if (kind === "rejected" || kind === "limited") return true;
  if (kind !== "failed" || fault?.isAnswered || error.code === "upstream-timeout") return false;
  return budget.spend();
};

const unavailable = (pool: Pool<PooledKey>, model: string | undefined, now: number): Failure => {
  if (!pool.serves(model))
    return new Failure("upstream-unavailable", `No configured key has the model ${model}.`);
  const freeAt = pool.freeAt(model);
  if (freeAt === undefined) return new Failure("upstream-unavailable");
  const seconds = Math.max(1, Math.ceil((freeAt - now) / 1000));
  return new Failure("upstream-unavailable", undefined, { headers: { "retry-after": String(seconds) } });
};
