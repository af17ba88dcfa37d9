// Latencies as the database counts them, in buckets whose bounds grow by a tenth, and percentiles from such counts. Pure.

const GROWTH = 1.1;

/** Bucket n holds what is longer than 1.1^(n-1) and at most 1.1^n milliseconds; the last one everything above an hour. */
export const bucketOf = (ms: number): number =>
  Math.min(160, Math.max(0, Math.ceil(Math.log(ms) / Math.log(GROWTH))));

export interface BucketCount {
  bucket: number;
  requests: number;
}

/** The latency that a share of the requests does not exceed, in milliseconds, to within a tenth. `counts` are in the order of buckets. */
export const percentileOf = (counts: readonly BucketCount[], share: number): number => {
  const all = counts.reduce((sum, { requests }) => sum + requests, 0);
  let passed = 0;
  for (const { bucket, requests } of counts) {
    passed += requests;
    // The middle of the bucket, which no latency in it is further from than a twentieth.
    if (passed >= all * share) return GROWTH ** (bucket - 0.5);
  }
  return 0;
};
