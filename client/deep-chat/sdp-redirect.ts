// Redirects one request of Deep Chat: the SDP offer, which it posts to a fixed address.

type Send = (init: RequestInit) => Promise<Response>;

// window.fetch is replaced only while an offer is expected; the offer is recognised by its key.
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
    return ""; // The page's own malformed request: fetch itself will reject it.
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

/** Hands the next request with this key to `send`; all other requests are unchanged. */
export const catchOffer = (key: string, send: Send, signal: AbortSignal): void => {
  const bearer = `Bearer ${key}`;
  awaited.set(bearer, send);
  signal.addEventListener("abort", () => forget(bearer));
  if (!putBack) replaceFetch();
};
