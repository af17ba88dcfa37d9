// How long everything is measured.

export interface Lengths {
  /** Rounds of each program; the median is shown. */
  rounds: number;
  roundSeconds: number;
  warmUpSeconds: number;
  /** 500 connections to a program that has just started. */
  burstSeconds: number;
  /** Starts until the first minted key. */
  starts: number;
  /** Requests of each variant, one at a time. */
  singleRequests: number;
  /** Rounds at a constant rate. */
  constantRateRounds: number;
  constantRateSeconds: number;
  /** Requests in a round with the slow upstream. */
  slowRequests: number;
  /** Client addresses that send one request each. */
  addresses: number;
  /** Records in the books. */
  records: number;
  /** Records that are written to see how long that takes. */
  written: number;
  /** Supervised voice sessions at the same time. */
  voiceSessions: number;
  voiceSeconds: number;
}

/** Twelve minutes for everything, on two cores. */
export const fullLengths: Lengths = {
  rounds: 5,
  roundSeconds: 3,
  // Burst and warm-up together are tens of thousands of requests: V8's compiler needs so many.
  warmUpSeconds: 3,
  burstSeconds: 3,
  starts: 7,
  singleRequests: 1000,
  constantRateRounds: 6,
  constantRateSeconds: 1,
  slowRequests: 15_000,
  // Ten times the addresses that the limits in memory keep.
  addresses: 500_000,
  records: 10_000_000,
  written: 200_000,
  voiceSessions: 2000,
  voiceSeconds: 20,
};

/** Shows in two minutes that everything runs and ends. The figures mean nothing. */
export const quickLengths: Lengths = {
  rounds: 1,
  roundSeconds: 1,
  warmUpSeconds: 1,
  burstSeconds: 1,
  starts: 1,
  singleRequests: 50,
  constantRateRounds: 1,
  constantRateSeconds: 1,
  slowRequests: 2000,
  addresses: 20_000,
  records: 100_000,
  written: 20_000,
  voiceSessions: 200,
  voiceSeconds: 3,
};
