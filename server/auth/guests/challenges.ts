// Proof of work for guests: what costs one visitor a moment costs whoever wants many keys a lot of machines.
import { z } from "zod";

/** `callers.challenge` */
export const challengeSchema = z.strictObject({
  cost: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(4000)
    .describe("Rounds of PBKDF2 for each guess. 256 guesses solve a challenge on average."),
});

// An ALTCHA challenge (version 2), signed by us.
const challengeParts = z.object({
  parameters: z.object({
    algorithm: z.literal("PBKDF2/SHA-256"),
    cost: z.int(),
    nonce: z.string(),
    salt: z.string(),
    keyLength: z.int(),
    keyPrefix: z.string(),
    expiresAt: z.int(),
    data: z.object({ for: z.string() }),
  }),
  signature: z.string(),
});

// What a guest sends back, as ALTCHA's clients do: base64 of this JSON.
const solvedSchema = z.object({
  challenge: challengeParts,
  solution: z.object({ counter: z.int(), derivedKey: z.string() }),
});

export type SolvedChallenge = z.output<typeof solvedSchema>;

export interface Challenges {
  /** A fresh one. Only guests of that network (an address, of IPv6 the /64) can use its solution. */
  create(network: string): Promise<object>;
  /**
   * Unix milliseconds until which the solution lets in; undefined for a challenge that is over, another network's or not
   * ours. Rejects with `credentials-rejected` for a wrong solution.
   */
  check(solved: SolvedChallenge, network: string): Promise<number | undefined>;
}

/** Reads what stands behind `Authorization: Altcha`; undefined when it is nothing of the kind. */
export const readSolution = (text: string): SolvedChallenge | undefined => {
  try {
    return solvedSchema.parse(JSON.parse(Buffer.from(text, "base64").toString()));
  } catch {
    return undefined;
  }
};
