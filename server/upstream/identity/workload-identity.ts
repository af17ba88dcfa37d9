// `workload_identity` of an upstream key: where the service's own identity comes from, which OpenAI exchanges for access tokens.
import { z } from "zod";
import { hasCredentials, NO_CREDENTIALS } from "../../net/url-credentials.ts";

/** The audience that OpenAI's guides give an identity provider. */
const OPENAI_AUDIENCE = "https://api.openai.com/v1";
const EXCHANGE_URL = "https://auth.openai.com/oauth/token";
/** For X.509: there the connection's client certificate is the identity. */
const X509_EXCHANGE_URL = "https://mtls.auth.openai.com/oauth/token";

const name = z.string().regex(/^[\x21-\x7e]{1,1000}$/, "must be one word of plain characters");
const address = z
  .url({ protocol: /^https?$/, error: "must be an http(s) address" })
  .refine((url) => !hasCredentials(url), NO_CREDENTIALS);

// What is sent there could be exchanged by others too.
const exchangeUrl = (normal: string) =>
  address
    .refine((url) => isPrivate(new URL(url)), "must be an https address; http is for this machine only")
    .default(normal)
    .describe("Where OpenAI exchanges identities for access tokens.");

const isPrivate = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

const metadataUrl = address
  .transform((url) => new URL(url).origin)
  .optional()
  .describe("The metadata server, where it is at another address than usual.");

const audience = name
  .default(OPENAI_AUDIENCE)
  .describe("For whom the identity is issued: the audience of the identity provider at OpenAI.");

const atOpenAi = (exchange_url: ReturnType<typeof exchangeUrl>) => ({
  identity_provider_id: name.describe("The workload identity provider at OpenAI that trusts the identity."),
  service_account_id: name.describe("The service account at OpenAI that it is mapped to."),
  exchange_url,
});
const byToken = atOpenAi(exchangeUrl(EXCHANGE_URL));

export const workloadIdentitySchema = z.discriminatedUnion("provider", [
  z.strictObject({
    provider: z
      .literal("token_file")
      .describe("A file that is kept fresh, such as Kubernetes' projected token."),
    ...byToken,
    file: z.string().min(1).describe("Its path; a relative one begins at broker.yaml's folder."),
  }),
  z.strictObject({
    provider: z.literal("gcp").describe("Google Cloud's metadata server."),
    ...byToken,
    ...{ audience, metadata_url: metadataUrl },
  }),
  z.strictObject({
    provider: z.literal("azure").describe("Azure's instance metadata service, for a managed identity."),
    ...byToken,
    resource: name.describe("The application ID URI of the audience, such as `api://…`."),
    client_id: name.optional().describe("Which user-assigned identity, where the machine has several."),
    metadata_url: metadataUrl,
  }),
  z.strictObject({
    provider: z.literal("aws").describe("AWS STS, with the credentials of the machine, the task or the pod."),
    ...byToken,
    audience,
    region: z
      .string()
      .regex(/^[a-z0-9-]{2,40}$/, "must be a region such as eu-central-1")
      .optional()
      .describe("The region of STS; AWS_REGION by default."),
    token_seconds: z
      .int()
      .min(60)
      .max(3600)
      .default(300)
      .describe(
        "How long STS' token lives, and with it OpenAI's access token; IAM may allow less than an hour.",
      ),
    sts_url: address.optional().describe("STS, where it is at another address, such as a VPC endpoint."),
  }),
  z.strictObject({
    provider: z.literal("x509").describe("The certificate that `client_certificates` has for both origins."),
    ...atOpenAi(exchangeUrl(X509_EXCHANGE_URL)),
  }),
]);

export type WorkloadIdentity = z.output<typeof workloadIdentitySchema>;
export type IdentityBy<Provider extends WorkloadIdentity["provider"]> = Extract<
  WorkloadIdentity,
  { provider: Provider }
>;
