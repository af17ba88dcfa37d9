// What each way to authenticate, and Redis, adds to one request: one request at a time, the ways in turn.
import { Agent, request } from "undici";
import { quantile } from "./measure.ts";
import { fixedToken, signatureOf, tokenOf } from "./service.ts";

export interface Cost {
  name: string;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

type Headers = Record<string, string>;

interface Way {
  name: string;
  url: string;
  headers(): Headers;
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

const ROUNDS = 1500;
const WARM_UP = 300;

/** Every way a caller can show who he is. The first shows nothing, and is what the others are held against. */
export const waysToAuthenticate = (url: string, userToken: string): Way[] => {
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

/** Times `GET /ephemeral-key` of each way. */
export const measureCosts = async (ways: readonly Way[]): Promise<Cost[]> => {
  const dispatcher = new Agent({ connections: 1 });
  const times = ways.map((): number[] => []);
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    for (const [index, way] of ways.entries()) {
      // Signing is the caller's work, not the service's.
      const headers = way.headers();
      const began = performance.now();
      const { statusCode, body } = await request(`${way.url}/ephemeral-key`, { headers, dispatcher });
      await body.dump();
      if (statusCode !== 200) throw new Error(`${way.name} was answered ${statusCode}`);
      if (round >= WARM_UP) times[index]?.push(performance.now() - began);
    }
  }
  await dispatcher.close();
  return ways.map(({ name }, index) => {
    const taken = times[index] ?? [];
    return { name, p50: quantile(taken, 0.5), p99: quantile(taken, 0.99) };
  });
};
