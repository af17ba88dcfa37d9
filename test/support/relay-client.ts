// OpenAI's own package against a broker, as its users set it up.
import OpenAI, { type ClientOptions } from "openai";
import type { TestBroker } from "./broker.ts";

export const ALICE = "alice-0123456789";
export const BOB = "bob-0123456789-bob";

/** A broker.yaml with one caller; what `relay` says, or what is relayed when nothing is said. */
export const relayYaml = (relay?: string, more = ""): string => `
callers: { tokens: [{ name: alice, token: ${ALICE}, roles: [support] }, { name: bob, token: ${BOB} }] }
limits: { address: none, in_flight: { caller: none }, relays: { caller: none } }
${relay === undefined ? "" : `relay: ${relay}`}
${more}`;

/** The unchanged package, with a user's token in place of a key. */
export const clientOf = (broker: Pick<TestBroker, "url">, options: ClientOptions = {}): OpenAI =>
  new OpenAI({ baseURL: `${broker.url}/v1`, apiKey: ALICE, maxRetries: 0, ...options });

/** Everything that a stream brings. */
export const collect = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const each of stream) all.push(each);
  return all;
};
