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
const requests = tokens.map((token) => ({
  headers: { ...template.headers, authorization: `Bearer ${token}` },
}));

const measured = await autocannon({
  ...template,
  url,
  connections,
  ...(amount === undefined ? { duration: seconds } : { amount }),
  ...(requests.length > 0 && { requests }),
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
