// The configuration of an identity provider whose tokens are accepted.
import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { hasCredentials, NO_CREDENTIALS } from "../../net/url-credentials.ts";
import { secretText } from "../../secret-schema.ts";
import { claimsSchema } from "./jwt-claims.ts";

const symmetric = ["HS256", "HS384", "HS512"] as const;
const asymmetric = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;

const isPublicKey = (pem: string): boolean => {
  try {
    return pem.includes("BEGIN PUBLIC KEY") && createPublicKey(pem).type === "public";
  } catch {
    return false;
  }
};

/** One entry of `callers.issuers`. */
export const issuerSchema = z
  .strictObject({
    issuer: z
      .string()
      .min(1)
      .refine((issuer) => !hasCredentials(issuer), NO_CREDENTIALS)
      .describe("The `iss` claim, to the letter."),
    audience: z
      .union([z.string().min(1), z.array(z.string().min(1)).nonempty()])
      .describe("The `aud` claim: a token must be meant for one of these."),
    algorithms: z
      .array(z.enum([...asymmetric, ...symmetric]))
      .nonempty()
      .describe("The signature algorithms to accept."),
    jwks_url: z
      .url({ protocol: /^https?$/ })
      .refine((url) => !hasCredentials(url), NO_CREDENTIALS)
      .optional()
      .describe("Where the issuer publishes its keys; found by OpenID Connect Discovery when left out."),
    public_key: z
      .string()
      .refine(isPublicKey, { error: "must be a public key in PEM (-----BEGIN PUBLIC KEY-----)" })
      .optional()
      .describe("Or: its public key, as PEM."),
    shared_secret: secretText(z.string().min(32, "must have at least 32 characters"))
      .optional()
      .describe("Or: a secret shared with it, at least 32 characters."),
    claims: claimsSchema.describe("Which claim says what: a name, or a path such as realm_access.roles."),
    max_lifetime_seconds: z
      .int()
      .min(1)
      .default(86_400)
      .describe("Tokens that live longer are refused: they cannot be withdrawn."),
    cooldown_seconds: z
      .number()
      .min(0)
      .max(3600)
      .default(30)
      .describe("How long the issuer is left alone after its keys were asked for."),
  })
  .superRefine((issuer, context) => {
    const ways = [issuer.jwks_url, issuer.public_key, issuer.shared_secret].filter(
      (way) => way !== undefined,
    );
    if (ways.length > 1) {
      context.addIssue({ code: "custom", message: "set one of jwks_url, public_key and shared_secret" });
    }
    if (ways.length === 0 && !/^https?:\/\/[^?#\s]+$/.test(issuer.issuer)) {
      const message = "is no address to find keys at; set jwks_url, public_key or shared_secret";
      context.addIssue({ code: "custom", path: ["issuer"], message });
    }
    // An HS256 token signed with a public key must never verify, so the families do not mix.
    const family: readonly string[] = issuer.shared_secret === undefined ? asymmetric : symmetric;
    for (const [index, algorithm] of issuer.algorithms.entries()) {
      if (!family.includes(algorithm)) {
        context.addIssue({
          code: "custom",
          path: ["algorithms", index],
          message: `${algorithm} does not go with ${issuer.shared_secret === undefined ? "a public key" : "shared_secret"}; use one of ${family.join(", ")}`,
        });
      }
    }
  });

export type IssuerConfig = z.output<typeof issuerSchema>;
