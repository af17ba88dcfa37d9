// What each kind of authentication, and Redis, adds to one mint: one request at a time, the variants in turn.
import { Agent, request } from "undici";
import type { Lengths } from "./lengths.ts";
import { quantile } from "./measure.ts";
import { fixedToken, signatureOf, tokenOf } from "./service.ts";

export interface SingleRequestLatency {
  name: string;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

type Headers = Record<string, string>;

interface Variant {
  name: string;
  url: string;
  headers(): Headers;
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

/** Every kind of authentication. The first, a guest, is what the others are compared with. */
export const authenticationVariants = (url: string, userToken: string): Variant[] => {
  const known = tokenOf("known");
  return [
    { name: "guest, no credential", url, headers: () => ({}) },
    { name: "fixed token", url, headers: () => bearer(fixedToken) },
    { name: "user's token", url, headers: () => bearer(userToken) },
    { name: "JWT, seen before", url, headers: () => bearer(known) },
    { name: "JWT, never seen (RS256)", url, headers: () => bearer(tokenOf("new")) },
    { name: "signed request", url, headers: () => signatureOf("/ephemeral-key") },
  ];
};

/** Times `GET /ephemeral-key` of each variant. A fifth of the requests is sent before to warm up. */
export const measureSingleRequests = async (
  variants: readonly Variant[],
  { singleRequests }: Lengths,
): Promise<SingleRequestLatency[]> => {
  const dispatcher = new Agent({ connections: 1 });
  const times = variants.map((): number[] => []);
  const warmUp = singleRequests / 5;
  for (let round = 0; round < warmUp + singleRequests; round += 1) {
    for (const [index, variant] of variants.entries()) {
      // Signing is the client's work: not timed.
      const headers = variant.headers();
      const began = performance.now();
      const { statusCode, body } = await request(`${variant.url}/ephemeral-key`, { headers, dispatcher });
      await body.dump();
      if (statusCode !== 200) throw new Error(`${variant.name} was answered ${statusCode}`);
      if (round >= warmUp) times[index]?.push(performance.now() - began);
    }
  }
  await dispatcher.close();
  return variants.map(({ name }, index) => {
    const taken = times[index] ?? [];
    return { name, p50: quantile(taken, 0.5), p99: quantile(taken, 0.99) };
  });
};
