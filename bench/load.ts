// The load generator, as a process of its own: 32 connections, callers' tokens in turn.
import autocannon from "autocannon";

const [url = "", seconds = "4", ...tokens] = process.argv.slice(2);
const requests = tokens.map((token) => ({ headers: { authorization: `Bearer ${token}` } }));

const result = await autocannon({
  url,
  connections: 32,
  duration: Number(seconds),
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
