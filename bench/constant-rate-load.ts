// Sends requests at a constant rate, whether or not earlier ones were answered, and times them. A process of its own.
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import type { ConstantRateJob, ConstantRateResult } from "./constant-rate.ts";
import { quantile } from "./measure.ts";

const { templates, perSecond, rounds, seconds } = (await json(process.stdin)) as ConstantRateJob;
const dispatcher = new Agent();

type Template = ConstantRateJob["templates"][number];

/** Milliseconds until the answer was whole, or undefined where it was not 2xx. */
const send = async (
  { url, tokens, method, headers, body }: Template,
  count: number,
): Promise<number | undefined> => {
  const authorization = `Bearer ${tokens[count % tokens.length]}`;
  const options = {
    method: method ?? "GET",
    headers: { ...headers, authorization },
    body: body ?? null,
    dispatcher,
  };
  const began = performance.now();
  try {
    const { statusCode, body: answer } = await request(url, options);
    await answer.dump();
    return statusCode >= 200 && statusCode < 300 ? performance.now() - began : undefined;
  } catch {
    return undefined;
  }
};

// Times count from the moment of sending, not from the moment planned: Node's timers are late by up to a millisecond.
const sendAll = async (template: Template): Promise<(number | undefined)[]> => {
  const began = performance.now();
  const sent: Promise<number | undefined>[] = [];
  for (let count = 0; count < perSecond * seconds; count += 1) {
    const wait = began + (count * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    sent.push(send(template, count));
  }
  return Promise.all(sent);
};

const times = templates.map((): (number | undefined)[] => []);
// The first round warms up.
for (let round = 0; round <= rounds; round += 1) {
  for (const [index, template] of templates.entries()) {
    const taken = await sendAll(template);
    if (round > 0) times[index]?.push(...taken);
  }
}
await dispatcher.close();
const results = times.map((taken): ConstantRateResult => {
  const answered = taken.filter((time) => time !== undefined);
  const failed = taken.length - answered.length;
  return { p50: quantile(answered, 0.5), p99: quantile(answered, 0.99), failed };
});
process.stdout.write(`${JSON.stringify(results)}\n`);
