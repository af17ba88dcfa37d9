// Catches one request of Deep Chat's: the SDP offer, which it posts to a fixed address.

type Send = (init: RequestInit) => Promise<Response>;

// window.fetch is the page's; it is replaced only while an offer is awaited, known by the key it must carry.
const awaited = new Map<string, Send>();
let putBack: (() => void) | undefined;

const forget = (bearer: string): void => {
  awaited.delete(bearer);
  if (awaited.size > 0) return;
  putBack?.();
  putBack = undefined;
};

const bearerOf = (init: RequestInit | undefined): string => {
  try {
    return new Headers(init?.headers).get("authorization") ?? "";
  } catch {
    return ""; // The page's own malformed request: fetch itself shall complain.
  }
};

const replaceFetch = (): void => {
  const pageFetch = window.fetch;
  const catching: typeof fetch = (input, init) => {
    const bearer = bearerOf(init);
    const send = awaited.get(bearer);
    if (!send || !init) return pageFetch.call(window, input, init);
    forget(bearer);
    return send(init);
  };
  window.fetch = catching;
  putBack = () => {
    if (window.fetch === catching) window.fetch = pageFetch;
  };
};

/** Hands the next request that carries this key to `send`; every other request passes untouched. */
export const catchOffer = (key: string, send: Send, signal: AbortSignal): void => {
  const bearer = `Bearer ${key}`;
  awaited.set(bearer, send);
  signal.addEventListener("abort", () => forget(bearer));
  if (!putBack) replaceFetch();
};
