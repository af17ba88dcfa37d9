// The renewal of access tokens.
import { describe, expect, it } from "vitest";
import { Secret } from "../../../../server/secret.ts";
import { IdentityError } from "../../../../server/upstream/identity/identity-error.ts";
import { type RenewedToken, renewedToken } from "../../../../server/upstream/identity/renewed-token.ts";
import type { AccessToken } from "../../../../server/upstream/identity/token-exchange.ts";
import { upstreamErrorOf } from "../../../../server/upstream/upstream-error.ts";
import { createTestTime } from "../../../support/time.ts";

const HOUR = 3_600_000;

/** What the n-th attempt does; by default it gives the token `token-n`. */
type Attempt = (attempt: number, signal: AbortSignal) => Promise<AccessToken>;

const renewing = ({
  lifeMs = HOUR,
  attempt,
  random = () => 0,
}: {
  lifeMs?: number;
  attempt?: Attempt;
  random?: () => number;
} = {}) => {
  const time = createTestTime();
  const logs: Record<string, unknown>[] = [];
  const changes: string[] = [];
  const results: string[] = [];
  let attempts = 0;
  const token = renewedToken({
    name: "cluster",
    setting: "its setting",
    obtain: (signal) => {
      attempts += 1;
      return (
        attempt?.(attempts, signal) ?? Promise.resolve({ secret: new Secret(`token-${attempts}`), lifeMs })
      );
    },
    onChange: (change) => changes.push(change),
    onRenewal: (result) => results.push(result),
    clock: time.clock,
    timers: time.timers,
    random,
    log: { write: (level, msg, fields) => void logs.push({ level, msg, ...fields }) },
  });
  return { token, time, logs, changes, results, attempts: () => attempts };
};

const shown = (token: RenewedToken) => token.current().reveal();
const away = () => Promise.reject(new IdentityError("away", "nothing answers"));
const fresh = (n: number, lifeMs = HOUR) => Promise.resolve({ secret: new Secret(`token-${n}`), lifeMs });

describe("in time", () => {
  it("renews a token well ahead of its end, with the old one in use until then", async () => {
    const { token, time, attempts, changes } = renewing();
    await time.pass(0);
    expect(shown(token)).toBe("token-1");
    await time.pass(HOUR * 0.6 - 1);
    expect(attempts()).toBe(1);
    await time.pass(1);
    expect(shown(token)).toBe("token-2");
    expect(changes).toEqual(["first"]);
  });

  it("spreads renewals, so that replicas do not ask all at once", async () => {
    const { time, attempts } = renewing({ random: () => 0.999 });
    await time.pass(HOUR * 0.6);
    expect(attempts()).toBe(1);
    await time.pass(HOUR * 0.1);
    expect(attempts()).toBe(2);
  });

  it("goes on for as long as it is used", async () => {
    const { token, time, changes, logs } = renewing();
    for (let hour = 0; hour < 48; hour += 1) {
      await time.pass(HOUR);
      expect(token.isAvailable()).toBe(true);
    }
    expect(changes).toEqual(["first"]);
    expect(logs).toEqual([]);
  });

  it("counts a token's life from before the exchange began", async () => {
    let answer = (_: AccessToken) => {};
    const { token, time } = renewing({ attempt: () => new Promise((resolve) => (answer = resolve)) });
    await time.pass(8000);
    answer({ secret: new Secret("late"), lifeMs: 10_000 });
    await time.pass(0);
    expect(token.figures()).toEqual({ ageSeconds: 8, leftSeconds: 2 });
    await time.pass(1000);
    expect(token.isAvailable()).toBe(false);
  });

  it("asks once a second at most, however short lives are", async () => {
    const { time, attempts } = renewing({ lifeMs: 10 });
    await time.pass(10_000);
    expect(attempts()).toBeLessThanOrEqual(11);
  });

  it("tells a token's age and how long it is valid", async () => {
    const { token, time } = renewing();
    expect(token.figures()).toBeUndefined();
    await time.pass(60_000);
    expect(token.figures()).toEqual({ ageSeconds: 60, leftSeconds: 3540 });
  });
});

describe("when renewals fail", () => {
  it("uses the old token while it is valid, and says so once", async () => {
    const { token, time, logs, attempts } = renewing({
      attempt: (n) => (n === 1 ? fresh(1) : away()),
    });
    await time.pass(HOUR * 0.95);
    expect(shown(token)).toBe("token-1");
    expect(attempts()).toBeGreaterThan(10);
    expect(attempts()).toBeLessThan(60);
    expect(logs).toEqual([
      {
        level: "warn",
        msg: "workload-identity-failing",
        key: "cluster",
        setting: "its setting",
        reason: "nothing answers",
        effect: "the key can be used for 1440 s more; it is tried again meanwhile",
      },
    ]);
  });

  it("shows nothing once the old token has ended, and that is the key's fault", async () => {
    const { token, time, changes } = renewing({ attempt: (n) => (n === 1 ? fresh(1) : away()) });
    await time.pass(HOUR);
    expect(token.isAvailable()).toBe(false);
    expect(changes).toEqual(["first", "missing"]);
    const shownAfterwards = Promise.resolve().then(() => token.current());
    const thrown = await shownAfterwards.catch((error) => error);
    expect(upstreamErrorOf(thrown)).toMatchObject({
      outcome: { kind: "no-token" },
      report: { message: "nothing answers" },
    });
  });

  it("is back as soon as one succeeds", async () => {
    let isAway = false;
    const { token, time, changes, logs } = renewing({ attempt: (n) => (isAway ? away() : fresh(n)) });
    await time.pass(0);
    isAway = true;
    await time.pass(2 * HOUR);
    isAway = false;
    await time.pass(60_000);
    expect(token.isAvailable()).toBe(true);
    expect(token.problem).toBeUndefined();
    expect(changes).toEqual(["first", "missing", "back"]);
    expect(logs.map(({ msg }) => msg)).toEqual(["workload-identity-failing", "workload-identity-back"]);
  });

  it("does not tell what a defect says, which may hold a token", async () => {
    const { token, time } = renewing({ attempt: () => Promise.reject(new Error("eyJ.secret")) });
    await time.pass(0);
    expect(token.problem).toBe("an unexpected error");
  });
});

describe("when OpenAI rejects the token", () => {
  it("gets another early, once", async () => {
    const { token, time, attempts, changes } = renewing();
    await time.pass(120_000);
    for (let request = 0; request < 100; request += 1) token.rejected();
    await time.pass(0);
    expect(attempts()).toBe(2);
    expect(changes).toEqual(["first", "back"]);
  });

  it("asks once a minute at most where each is rejected", async () => {
    const { token, time, attempts } = renewing();
    await time.pass(0);
    for (let second = 0; second < 600; second += 1) {
      token.rejected();
      await time.pass(1000);
    }
    expect(attempts()).toBe(11);
  });
});

describe("at the end", () => {
  it("gives up what is under way, and stays silent", async () => {
    const { token, time, logs, attempts } = renewing({
      attempt: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    await time.pass(0);
    token[Symbol.dispose]();
    await time.pass(HOUR);
    expect(attempts()).toBe(1);
    expect(logs).toEqual([]);
    expect(time.pending()).toBe(0);
  });
});
