// A million callers' addresses, each once, as a proxy in front would name them.
import { Agent, request } from "undici";
import type { Program } from "./program.ts";

const ADDRESSES = 1_000_000;
const AT_ONCE = 64;

/** The most resident memory seen on the way, in MiB. */
export const flood = async (service: Program): Promise<number> => {
  const dispatcher = new Agent({ connections: AT_ONCE, pipelining: 4 });
  let next = 0;
  let most = 0;
  const send = async (): Promise<void> => {
    while (next < ADDRESSES) {
      const number = next;
      next += 1;
      const address = `${11 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}.7`;
      const headers = { "x-forwarded-for": address };
      const { body } = await request(`${service.url}/tools`, { headers, dispatcher });
      await body.dump();
      if (number % 10_000 === 0) most = Math.max(most, service.residentMiB());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE * 4 }, send));
  await dispatcher.close();
  return Math.max(most, service.residentMiB());
};
