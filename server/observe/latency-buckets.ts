// The buckets of latencies, in seconds: each bound is about twice the one before, so that a quantile is right within its factor.

/** From what this service takes by itself to the longest that a client waits for an answer. */
export const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Of OpenAI's answers: nothing comes in less than 50 ms, and a model may think for minutes. */
export const upstreamBuckets = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 20, 40, 80, 160, 320];
