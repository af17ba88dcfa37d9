// The exchange: OpenAI's token endpoint takes the service's own identity, and gives a short-lived access token (RFC 8693).
import type { TokenExchangeResponse } from "openai/auth";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { isJsonRecord } from "../../json/record.ts";
import { redactInput } from "../../observe/redact.ts";
import { Secret } from "../../secret.ts";
import type { HttpClient, HttpResponse } from "../http-client.ts";
import { IdentityError } from "./identity-error.ts";
import { describeSubject, type SubjectToken } from "./subject-token.ts";
import type { WorkloadIdentity } from "./workload-identity.ts";

export interface AccessToken {
  secret: Secret;
  /** Counted from before the exchange began. */
  lifeMs: number;
}

interface ExchangePorts {
  http: HttpClient;
  clock: Pick<Clock, "now">;
}

const EXCHANGE_MS = 10_000;
/** Where the response does not say it, as in the `openai` package. */
const DEFAULT_LIFE_SECONDS = 3600;
const MAX_LIFE_SECONDS = 86_400;

/** Without a subject token the connection's client certificate is the identity. Rejects with an `IdentityError`, or the signal's reason. */
export const exchangeToken = async (
  identity: WorkloadIdentity,
  subject: SubjectToken | undefined,
  { http, clock }: ExchangePorts,
  signal: AbortSignal,
): Promise<AccessToken> => {
  const { origin, pathname, search } = new URL(identity.exchange_url);
  const body = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: subject ? subjectTypes[subject.type] : "urn:openai:params:oauth:token-type:x509",
    ...(subject && { subject_token: subject.token.reveal() }),
    identity_provider_id: identity.identity_provider_id,
    service_account_id: identity.service_account_id,
  };
  const headers = ["content-type", "application/json", "accept", "application/json"];
  const request = { origin, path: pathname + search, headers, body: JSON.stringify(body) };
  const response = await http.post({ ...request, signal, timeoutMs: EXCHANGE_MS }).catch((error) => {
    signal.throwIfAborted();
    throw unreachable(origin, error);
  });
  if (response.status !== 200) throw refused(response, identity, subject, clock.now());
  return read(response.text, identity.exchange_url);
};

const subjectTypes: Readonly<Record<SubjectToken["type"], string>> = {
  jwt: "urn:ietf:params:oauth:token-type:jwt",
  id: "urn:ietf:params:oauth:token-type:id_token",
};

const responseSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  issued_token_type: z.literal("urn:ietf:params:oauth:token-type:access_token").optional(),
  expires_in: z.number().positive().default(DEFAULT_LIFE_SECONDS),
}) satisfies z.ZodType<{ [Field in keyof TokenExchangeResponse]?: TokenExchangeResponse[Field] | undefined }>;

const read = (text: string, url: string): AccessToken => {
  const { data } = responseSchema.safeParse(parse(text));
  if (!data) {
    throw new IdentityError("refused", `got no access token from ${url}; look at exchange_url`);
  }
  const lifeSeconds = Math.min(MAX_LIFE_SECONDS, data.expires_in);
  return { secret: new Secret(data.access_token), lifeMs: lifeSeconds * 1000 };
};

// The parser's error would quote the text, which may hold a token.
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const refused = (
  { status, text }: HttpResponse,
  { exchange_url: url, identity_provider_id: provider, service_account_id: account }: WorkloadIdentity,
  subject: SubjectToken | undefined,
  now: number,
): IdentityError => {
  const reason = reasonIn(text);
  if (status === 400 || status === 401 || status === 403) {
    const identity = subject ? describeSubject(subject.claims, now) : "the client certificate";
    const message = `OpenAI refuses the identity (${status}${reason}): ${identity}; the identity provider ${provider} and its mapping to ${account} at OpenAI have to agree with it`;
    return new IdentityError("refused", message);
  }
  if (status === 408 || status === 429 || status >= 500) {
    return new IdentityError("away", `OpenAI's token exchange answered ${status}${reason}`);
  }
  return new IdentityError("refused", `${url} answered ${status}${reason}; look at exchange_url`);
};

/** OAuth has a word in `error`, OpenAI's API an object. */
const reasonIn = (text: string): string => {
  const body = parse(text);
  if (!isJsonRecord(body)) return "";
  const { error, error_description } = body;
  const words = isJsonRecord(error) ? [error.code, error.message] : [error, error_description];
  const said = words.filter((each) => typeof each === "string");
  return said.length === 0 ? "" : ` ${redactInput(said.join(": "), 300)}`;
};

const unreachable = (origin: string, error: unknown): IdentityError => {
  const why =
    error instanceof Error && error.name === "TimeoutError"
      ? "no answer in time"
      : `no connection${codeOf(error)}`;
  return new IdentityError("away", `${origin} cannot be reached: ${why}; let the service connect to it`);
};

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
