// GET /challenge: what a guest solves instead of signing in.

import type { z } from "zod";
import { Failure } from "../../failures/failure.ts";
import { addressKey } from "../../net/address.ts";
import { jsonAnswer } from "../answer.ts";
import { acceptWork } from "../middleware/admission.ts";
import { checkLoad } from "../middleware/load.ts";
import { challengeSchema } from "../openapi/response-schemas.ts";
import { operation } from "../operation.ts";

export interface ChallengeServices {
  /** Makes a challenge for guests of that network; undefined where none is asked of guests. */
  newChallenge: ((network: string) => Promise<z.output<typeof challengeSchema>>) | undefined;
}

/** Answers with a fresh challenge for the client's address. */
export const challenge = operation({
  routes: { "GET /challenge": "challenge" },
  summary: "A proof of work for guests, where the service asks one",
  description:
    "An ALTCHA challenge (version 2). Its solution is sent as `Authorization: Altcha …`, and lets a guest from the same address in until the challenge expires.",
  answer: jsonAnswer("A fresh challenge.", challengeSchema),
  failures: ["not-found"],
})
  .step(checkLoad("voice"))
  .step(acceptWork)
  .handle(({ address }, { newChallenge }: ChallengeServices) => {
    if (!newChallenge) throw new Failure("not-found", "This service asks no challenge of its guests.");
    return newChallenge(addressKey(address));
  });
