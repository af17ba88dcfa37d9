// Proof of work for guests: one key costs a visitor a moment, many keys cost an abuser many machines.
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

/** An ALTCHA challenge (version 2), signed by this service. */
export const challengeParts = z.object({
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

// The answer of a guest, as ALTCHA's clients send it: base64 of this JSON.
const solvedSchema = z.object({
  challenge: challengeParts,
  solution: z.object({ counter: z.int(), derivedKey: z.string() }),
});

export type SolvedChallenge = z.output<typeof solvedSchema>;

export type Challenge = z.output<typeof challengeParts>;

export interface Challenges {
  /** A new challenge. Only guests of that network (an address, of IPv6 the /64) can use its solution. */
  create(network: string): Promise<Challenge>;
  /**
   * The end of the solution, in milliseconds since 1970; undefined for a challenge that is over, another network's or not
   * ours. Rejects with `credentials-rejected` for a wrong solution.
   */
  check(solved: SolvedChallenge, network: string): Promise<number | undefined>;
}

/** Parses the value of `Authorization: Altcha …`; undefined when it is malformed. */
export const readSolution = (text: string): SolvedChallenge | undefined => {
  try {
    return solvedSchema.parse(JSON.parse(Buffer.from(text, "base64").toString()));
  } catch {
    return undefined;
  }
};
