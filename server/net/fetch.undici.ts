// The web platform's fetch over connections of our own making.
import { Agent, fetch as fetchWith } from "undici";
import type { Connector } from "./connector.undici.ts";

/** Node's own fetch takes an agent of its own version of undici only, so this is undici's. Closing ends what is in flight. */
export const fetchOver = (connect: Connector): { fetch: typeof globalThis.fetch; close(): Promise<void> } => {
  const dispatcher = new Agent({ allowH2: false, connect });
  const fetch = (input: string | URL, init?: object) => fetchWith(input, { ...init, dispatcher });
  // Node's types and undici's describe other versions of the same: TypeScript finds no overlap.
  return { fetch: fetch as unknown as typeof globalThis.fetch, close: () => dispatcher.destroy() };
};
