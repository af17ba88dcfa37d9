// Keeps one token of Vault alive: renews it well before it ends, and signs in anew where that is no longer possible.
import type { Timers } from "../clock.ts";
import { SecretError } from "./store.ts";
import type { VaultLogin, VaultToken } from "./vault-login.ts";

export interface VaultSession extends Disposable {
  /** The token to show now. Rejects with a `SecretError`. */
  current(signal: AbortSignal): Promise<VaultToken>;
  /** Vault does not accept it any more: the next request signs in anew. */
  forget(token: VaultToken): void;
  /** Whether it is the same login: leases end with the token that they were made with. */
  isSameLogin(token: VaultToken): boolean;
}

interface Ports {
  timers: Pick<Timers, "after">;
  random(): number;
}

/** Part of a token's time after which it is renewed; several replicas spread over a tenth of it. */
const RENEW_AT = 0.6;
const SPREAD = 0.1;
const MIN_RENEW_MS = 1000;
/** `setTimeout` takes no more. A token that lives longer is looked at again by then. */
const MAX_TIMER_MS = 2_000_000_000;
/** A token that gets less than this part of its first time has reached Vault's maximum. */
const NEARLY_ENDED = 0.5;

export const createVaultSession = (login: VaultLogin, { timers, random }: Ports): VaultSession => {
  const closing = new AbortController();
  let session: { first: VaultToken; now: VaultToken } | undefined;
  let signingIn: Promise<VaultToken> | undefined;
  let cancel = () => {};

  const signIn = (): Promise<VaultToken> => {
    signingIn ??= login
      .logIn(closing.signal)
      .then((token) => {
        session = { first: token, now: token };
        schedule(token.ttlMs);
        return token;
      })
      .finally(() => {
        signingIn = undefined;
      });
    return signingIn;
  };

  const schedule = (ttlMs: number): void => {
    cancel();
    if (ttlMs <= 0 || closing.signal.aborted) return;
    const ms = Math.max(MIN_RENEW_MS, ttlMs * (RENEW_AT + SPREAD * random()));
    const isAhead = ms > MAX_TIMER_MS;
    cancel = timers.after(isAhead ? MAX_TIMER_MS : ms, () =>
      isAhead ? schedule(ttlMs - MAX_TIMER_MS) : void renew(ttlMs - ms),
    );
  };

  // `leftMs`: how long the token still lives.
  const renew = async (leftMs: number): Promise<void> => {
    const begun = session;
    if (!begun) return;
    try {
      const renewed = begun.now.isRenewable ? await login.renew(begun.now, closing.signal) : undefined;
      if (session !== begun) return;
      if (renewed && (renewed.ttlMs >= begun.first.ttlMs * NEARLY_ENDED || !login.isRepeatable)) {
        begun.now = { ...begun.now, ttlMs: renewed.ttlMs, isRenewable: renewed.isRenewable };
        schedule(renewed.ttlMs);
      } else if (login.isRepeatable) await signIn();
    } catch (error) {
      if (session !== begun || closing.signal.aborted) return;
      // Down: there is time for more attempts. Refused: the next request signs in, and says what is wrong.
      if (error instanceof SecretError && error.reason === "down" && leftMs > MIN_RENEW_MS) schedule(leftMs);
      else session = undefined;
    }
  };

  return {
    current: async (signal) => {
      if (session && (await login.isCurrent(session.now, signal))) return session.now;
      session = undefined;
      return signIn();
    },
    forget: (token) => {
      if (session?.now.token === token.token) session = undefined;
    },
    isSameLogin: ({ token }) => session !== undefined && session.now.token === token,
    [Symbol.dispose]: () => {
      closing.abort(new Error("the service stops"));
      cancel();
    },
  };
};
