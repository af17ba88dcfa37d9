// Proof-of-work challenges by the library altcha-lib, made and checked here: no third party learns of a guest.
import { createHmac } from "node:crypto";
import { createChallenge, verifySolution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import type { Clock } from "../../clock.ts";
import type { Secret } from "../../secret.ts";
import { rejected } from "../rejection.ts";
import { type Challenges, challengeParts } from "./challenges.ts";

const LIFETIME_SECONDS = 600;

/**
 * Making a challenge costs one HMAC, as every caller may ask for one; checking a solution costs one guess of PBKDF2. `key`
 * signs: replicas with the same key accept each other's challenges.
 */
export const altchaChallenges = (
  { cost }: { cost: number },
  key: Secret,
  clock: Pick<Clock, "now">,
): Challenges => {
  const hmacSignatureSecret = key.reveal();
  const networkHash = (network: string) =>
    createHmac("sha256", hmacSignatureSecret).update(network).digest("base64url");

  return {
    create: async (network) => {
      const challenge = await createChallenge({
        algorithm: "PBKDF2/SHA-256",
        cost,
        deriveKey,
        hmacSignatureSecret,
        expiresAt: Math.floor(clock.now() / 1000) + LIFETIME_SECONDS,
        data: { for: networkHash(network) },
      });
      return challengeParts.parse(challenge);
    },

    check: async ({ challenge, solution }, network) => {
      const { expiresAt, data } = challenge.parameters;
      const until = expiresAt * 1000;
      // Before the guess, since it is cheap, and a solution may come often from where it is not valid.
      if (data.for !== networkHash(network) || clock.now() >= until) return undefined;
      const result = await verifySolution({ challenge, solution, deriveKey, hmacSignatureSecret });
      if (result.verified) return until;
      if (!result.invalidSolution) return undefined;
      throw rejected("solution-wrong", "the challenge is not solved by this");
    },
  };
};
