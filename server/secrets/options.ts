// `secrets:` in broker.yaml: where the stores are, and how the service signs in to them.
import { z } from "zod";
import { hasCredentials, NO_CREDENTIALS } from "../net/url-credentials.ts";
import { Secret } from "../secret.ts";
import { readSecretText, type SecretReference } from "./reference.ts";

/** What the service shows to a store: a secret itself, or where it is, to be read at each use. */
export type StoreCredential = Secret | SecretReference;

const LOCAL_ONLY =
  "may be in the environment or a file only, as env:NAME or file:PATH: it opens the other stores";

const credential = z.string().transform((text, context): StoreCredential => {
  const read = readSecretText(text.trim());
  if ("problem" in read) {
    context.addIssue({ code: "custom", message: read.problem });
    return z.NEVER;
  }
  const [part = "", ...more] = read.parts;
  if (typeof part === "string" && part !== "" && more.length === 0) return new Secret(part);
  if (typeof part === "object" && more.length === 0 && (part.store === "env" || part.store === "file"))
    return part;
  context.addIssue({ code: "custom", message: part === "" ? "must not be empty" : LOCAL_ONLY });
  return z.NEVER;
});

const mount = (name: string) =>
  z
    .string()
    .regex(/^[\w.-]+(?:\/[\w.-]+)*$/, "must be a path such as approle, without a slash at its ends")
    .default(name)
    .describe("Where the login is mounted in Vault.");

export const storeAddressSchema = z
  .url({ protocol: /^https?$/, error: "must be an http(s) address" })
  .refine((url) => !hasCredentials(url), NO_CREDENTIALS)
  .transform((url) => url.replace(/\/+$/, ""));

const vaultSchema = z
  .strictObject({
    address: storeAddressSchema
      .optional()
      .describe("Vault's address, such as https://vault.example.com:8200; else VAULT_ADDR."),
    namespace: z
      .string()
      .regex(/^[\w-]+(?:\/[\w-]+)*\/?$/, "must be a namespace such as team-a")
      .optional()
      .describe("The namespace, where Vault has such; else VAULT_NAMESPACE."),
    token: credential.optional().describe("A token, as env:NAME or file:PATH; else VAULT_TOKEN."),
    approle: z
      .strictObject({
        role_id: credential.describe("The role's id."),
        secret_id: credential.optional().describe("The secret id, where the role wants one."),
        mount: mount("approle"),
      })
      .optional()
      .describe("Or a login by AppRole."),
    kubernetes: z
      .strictObject({
        role: z.string().min(1).describe("The role in Vault."),
        token_file: z
          .string()
          .min(1)
          .default("/var/run/secrets/kubernetes.io/serviceaccount/token")
          .describe("The service account's token."),
        mount: mount("kubernetes"),
      })
      .optional()
      .describe("Or a login by the pod's service account."),
  })
  .refine(
    ({ token, approle, kubernetes }) => [token, approle, kubernetes].filter(Boolean).length < 2,
    "takes one of token, approle and kubernetes",
  );

export type VaultOptions = z.output<typeof vaultSchema>;

const awsSchema = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z0-9-]{2,40}$/, "must be a region such as eu-central-1")
    .optional()
    .describe("The region; else AWS_REGION."),
  endpoint: storeAddressSchema
    .optional()
    .describe("Another address than the region's, such as a VPC endpoint."),
});

export type AwsOptions = z.output<typeof awsSchema>;

/** `secrets` */
export const secretsSchema = z.strictObject({
  wait_seconds: z
    .int()
    .min(0)
    .max(3600)
    .default(60)
    .describe("How long a start waits for a store that does not answer, in seconds."),
  refresh_seconds: z
    .int()
    .min(10)
    .max(86_400)
    .default(300)
    .describe(
      "How often Vault and AWS are asked whether a secret has changed, in seconds. Files are watched.",
    ),
  key_file: z
    .string()
    .min(1)
    .optional()
    .describe("The key that opens sealed: secrets, in a file of mode 600; else SECRETS_KEY."),
  vault: vaultSchema.optional().describe("HashiCorp Vault or OpenBao, for vault:MOUNT/PATH#FIELD."),
  aws: awsSchema.optional().describe("AWS Secrets Manager, for aws-sm:NAME#FIELD."),
});

export type SecretsOptions = z.output<typeof secretsSchema>;
