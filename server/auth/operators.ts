// The operators: who may see all callers' usage and change users, and how they sign in to the operator's page.
import { z } from "zod";
import { allowSchema } from "./allow.ts";

const signInSchema = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/ })
    .describe("One of `callers.issuers`, which OpenID Connect Discovery finds."),
  client_id: z
    .string()
    .min(1)
    .describe("The page as a public client there (no secret, PKCE); its redirect address is the page's own."),
  scope: z
    .string()
    .min(1)
    .default("openid")
    .describe(
      "What the page asks for, such as the scope that makes the access token a JWT for this service.",
    ),
});

/** `operators` in broker.yaml. */
export const operatorsSchema = z.strictObject({
  allow: allowSchema
    // A guest's request carries no credential, so another site's page could send it.
    .refine((selectors) => !selectors.some((each) => each === "everyone" || each === "guests"), {
      error: "operators have a name: everyone and guests cannot be operators",
    })
    .default([])
    .describe(
      "Who may see what all callers used and change users, such as role:operator. No caller by default.",
    ),
  sign_in: signInSchema
    .optional()
    .describe(
      "Lets operators sign in to the page at /admin with your identity provider; without it they paste a token.",
    ),
});

/** How operators sign in to their page; undefined where they paste a token. */
export type OperatorSignIn = z.output<typeof signInSchema> | undefined;
