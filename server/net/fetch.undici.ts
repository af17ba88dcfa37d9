// The web platform's fetch over connections of our own making.
import { Agent, type Dispatcher, fetch as fetchWith } from "undici";
import type { Connector } from "./connector.undici.ts";

/** Node's own fetch takes an agent of its own version of undici only, so this is undici's. */
export const fetchThrough = (dispatcher: Dispatcher): typeof globalThis.fetch => {
  const fetch = (input: string | URL, init?: object) => fetchWith(input, { ...init, dispatcher });
  // Node's types, and the browser's of the tests, describe other versions than undici's: TypeScript finds no overlap.
  return fetch as unknown as typeof globalThis.fetch;
};

/** Closing ends what is in flight. */
export const fetchOver = (connect: Connector): { fetch: typeof globalThis.fetch; close(): Promise<void> } => {
  const dispatcher = new Agent({ allowH2: false, connect });
  return { fetch: fetchThrough(dispatcher), close: () => dispatcher.destroy() };
};
