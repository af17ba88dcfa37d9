// Addresses in logs: one caller's lines can be found together for a day, and nobody's address is in them.
import { createHmac } from "node:crypto";
import type { Clock } from "../clock.ts";

export type AddressLogging = "hashed" | "plain" | "none";

const DAY_MS = 86_400_000;
/** A flood of addresses is hashed again and again rather than remembered. */
const REMEMBERED = 10_000;

/** `hashed` gives 16 hexadecimal digits, others every day (UTC), which tell nothing without the secret. */
export const addressHash = (
  logging: AddressLogging,
  secret: Uint8Array,
  clock: Pick<Clock, "now">,
): ((address: string) => string | undefined) => {
  if (logging === "plain") return (address) => address;
  if (logging === "none") return () => undefined;
  let today = -1;
  let salt = Buffer.alloc(0);
  const known = new Map<string, string>();
  return (address) => {
    const day = Math.floor(clock.now() / DAY_MS);
    if (day !== today || known.size >= REMEMBERED) known.clear();
    if (day !== today) salt = createHmac("sha256", secret).update(String(day)).digest();
    today = day;
    const found = known.get(address);
    if (found) return found;
    const hash = createHmac("sha256", salt).update(address).digest("hex").slice(0, 16);
    known.set(address, hash);
    return hash;
  };
};
