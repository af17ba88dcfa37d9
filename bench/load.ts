// The load generator, as a process of its own: callers' tokens in turn.
import { json } from "node:stream/consumers";
import autocannon from "autocannon";
import type { Job } from "./measure.ts";

const {
  url,
  seconds,
  requests: amount,
  connections = 32,
  tokens,
  ...sent
} = (await json(process.stdin)) as Job;
const requests = tokens.map((token) => ({ headers: { ...sent.headers, authorization: `Bearer ${token}` } }));

const result = await autocannon({
  ...sent,
  url,
  connections,
  ...(amount === undefined ? { duration: seconds } : { amount }),
  ...(requests.length > 0 && { requests }),
});
const { latency, non2xx, errors } = result;
const answered = result["2xx"];
const figures = {
  perSecond: answered / result.duration,
  p50: latency.p50,
  p99: latency.p99,
  failed: non2xx + errors,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
