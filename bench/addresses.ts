// Hundreds of thousands of client addresses with one request each, as a proxy in front would report them.
import { Agent, request } from "undici";
import type { Lengths } from "./lengths.ts";
import type { Program } from "./program.ts";

const CONNECTIONS = 64;
const PIPELINED = 4;

/** The most resident memory seen meanwhile, in MiB. The service must trust the proxy 127.0.0.1. */
export const sendFromManyAddresses = async (service: Program, { addresses }: Lengths): Promise<number> => {
  const dispatcher = new Agent({ connections: CONNECTIONS, pipelining: PIPELINED });
  let next = 0;
  let mostMiB = 0;
  const send = async (): Promise<void> => {
    while (next < addresses) {
      const number = next;
      next += 1;
      const address = `${11 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}.7`;
      const headers = { "x-forwarded-for": address };
      const { body } = await request(`${service.url}/tools`, { headers, dispatcher });
      await body.dump();
      if (number % 10_000 === 0) mostMiB = Math.max(mostMiB, service.residentMiB());
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS * PIPELINED }, send));
  await dispatcher.close();
  return Math.max(mostMiB, service.residentMiB());
};
