// The load generator, a process of its own: autocannon with the callers' tokens in turn.
import { json } from "node:stream/consumers";
import autocannon from "autocannon";
import type { LoadJob, LoadResult } from "./measure.ts";

const {
  url,
  seconds,
  requests: amount,
  connections = 32,
  tokens,
  ...template
} = (await json(process.stdin)) as LoadJob;

// Each connection sends for ten callers in turn and starts with another one than its neighbour: a service refuses a caller
// with too many requests at the same time.
const CALLERS_PER_CONNECTION = 10;
const CALLERS_APART = 11;
let connected = 0;
const chooseCallers = (client: { setRequests(requests: object[]): void }): void => {
  const first = connected * CALLERS_APART;
  connected += 1;
  const requests = Array.from({ length: CALLERS_PER_CONNECTION }, (_, index) => {
    const token = tokens[(first + index) % tokens.length];
    return { headers: { ...template.headers, authorization: `Bearer ${token}` } };
  });
  client.setRequests(requests);
};

const measured = await autocannon({
  ...template,
  url,
  connections,
  ...(amount === undefined ? { duration: seconds } : { amount }),
  setupClient: chooseCallers,
});
const answered = measured["2xx"];
const result: LoadResult = {
  perSecond: answered / measured.duration,
  answered,
  failed: measured.non2xx + measured.errors,
  p50: measured.latency.p50,
  p99: measured.latency.p99,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
