// Sends requests at a constant rate, whether or not earlier ones were answered, and takes their times. A process of its own.
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { quantile } from "./measure.ts";
import type { Pace, Pacing } from "./paced.ts";

const { ways, perSecond, rounds, seconds } = (await json(process.stdin)) as Pacing;
const dispatcher = new Agent();

type Way = Pacing["ways"][number];

/** Milliseconds until the answer was whole, or undefined where it was none. */
const ask = async (
  { url, tokens, method, headers, body }: Way,
  count: number,
): Promise<number | undefined> => {
  const authorization = `Bearer ${tokens[count % tokens.length]}`;
  const sent = {
    method: method ?? "GET",
    headers: { ...headers, authorization },
    body: body ?? null,
    dispatcher,
  };
  const began = performance.now();
  try {
    const { statusCode, body: answer } = await request(url, sent);
    await answer.dump();
    return statusCode >= 200 && statusCode < 300 ? performance.now() - began : undefined;
  } catch {
    return undefined;
  }
};

// Counted from the moment a request is sent: a timer of Node's is late by up to a millisecond.
const askAll = async (way: Way): Promise<(number | undefined)[]> => {
  const began = performance.now();
  const asked: Promise<number | undefined>[] = [];
  for (let count = 0; count < perSecond * seconds; count += 1) {
    const wait = began + (count * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    asked.push(ask(way, count));
  }
  return Promise.all(asked);
};

const times = ways.map((): (number | undefined)[] => []);
// The first round warms up.
for (let round = 0; round <= rounds; round += 1) {
  for (const [index, way] of ways.entries()) {
    const taken = await askAll(way);
    if (round > 0) times[index]?.push(...taken);
  }
}
await dispatcher.close();
const paces = times.map((taken): Pace => {
  const answered = taken.filter((time) => time !== undefined);
  const failed = taken.length - answered.length;
  return { p50: quantile(answered, 0.5), p99: quantile(answered, 0.99), failed };
});
process.stdout.write(`${JSON.stringify(paces)}\n`);
