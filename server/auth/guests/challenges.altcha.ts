// Challenges as ALTCHA has them, made and checked here: no third party learns of a guest.
import { createHmac } from "node:crypto";
import { createChallenge, verifySolution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { Secret } from "../../secret.ts";
import type { Challenges } from "./challenges.ts";

const LIFETIME_SECONDS = 600;

/**
 * Making a challenge costs a signature only, as anybody may ask for one; checking a solution costs one guess. `key` signs:
 * replicas with the same key accept each other's challenges.
 */
export const altchaChallenges = (
  { cost }: { cost: number },
  key: Secret,
  clock: Pick<Clock, "now">,
): Challenges => {
  const hmacSignatureSecret = key.reveal();
  const veiled = (network: string) =>
    createHmac("sha256", hmacSignatureSecret).update(network).digest("base64url");

  return {
    create: (network) =>
      createChallenge({
        algorithm: "PBKDF2/SHA-256",
        cost,
        deriveKey,
        hmacSignatureSecret,
        expiresAt: Math.floor(clock.now() / 1000) + LIFETIME_SECONDS,
        data: { for: veiled(network) },
      }),

    check: async ({ challenge, solution }, network) => {
      const { expiresAt, data } = challenge.parameters;
      const until = expiresAt * 1000;
      // Told first, as it costs nothing, and a solution may be shown often where it does not fit.
      if (data.for !== veiled(network) || clock.now() >= until) return undefined;
      const result = await verifySolution({ challenge, solution, deriveKey, hmacSignatureSecret });
      if (result.verified) return until;
      if (!result.invalidSolution) return undefined;
      const cause = new Error("the challenge is not solved by this");
      throw new Failure("credentials-rejected", undefined, { cause });
    },
  };
};
