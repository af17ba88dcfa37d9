// Hashes client addresses for the log: the lines of one address can be found together for a day, without the address.
import { createHmac } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";

export type AddressLogging = "hashed" | "plain" | "none";

const DAY_MS = 86_400_000;
/** Hashing an address is 4 to 9 % of a tool call, so the hashes of the day are cached. */
const MAX_ADDRESSES = 10_000;

/** `hashed` gives 16 hexadecimal digits, different every day (UTC), which tell nothing without the secret. */
export const addressHash = (
  logging: () => AddressLogging,
  secret: Uint8Array,
  clock: Pick<Clock, "now">,
): ((address: string) => string | undefined) => {
  let today = -1;
  let salt = Buffer.alloc(0);
  const known = new LRUCache<string, string>({ max: MAX_ADDRESSES });
  return (address) => {
    const form = logging();
    if (form !== "hashed") return form === "plain" ? address : undefined;
    const day = Math.floor(clock.now() / DAY_MS);
    if (day !== today) {
      known.clear();
      salt = createHmac("sha256", secret).update(String(day)).digest();
      today = day;
    }
    const found = known.get(address);
    if (found) return found;
    const hash = createHmac("sha256", salt).update(address).digest("hex").slice(0, 16);
    known.set(address, hash);
    return hash;
  };
};
