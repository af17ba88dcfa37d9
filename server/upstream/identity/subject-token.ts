// The service's own identity as a signed token, which OpenAI calls the subject token. Pure, and the port to where it comes from.
import type { SubjectTokenProvider } from "openai/auth";
import { isJsonRecord } from "../../json/record.ts";
import { redactInput } from "../../observe/redact.ts";
import { Secret } from "../../secret.ts";
import { IdentityError } from "./identity-error.ts";

export interface SubjectToken {
  token: Secret;
  type: SubjectTokenProvider["tokenType"];
  /** What it says of itself, unproven, for messages. */
  claims: SubjectClaims;
}

export interface SubjectClaims {
  issuer: string;
  audience: string;
  subject: string;
  /** Seconds since 1970. */
  expiresAt: number | undefined;
}

export interface SubjectTokens {
  /** A fresh one. Rejects with an `IdentityError` in bounded time, or with the signal's reason. */
  read(signal: AbortSignal): Promise<SubjectToken>;
}

/** A token of a cluster or cloud has one or two KiB. */
export const MAX_SUBJECT_BYTES = 16 * 1024;

/** `source` names where the text is from. Throws an `IdentityError` where it is no signed JWT. */
export const subjectTokenOf = (text: string, type: SubjectToken["type"], source: string): SubjectToken => {
  const token = text.trim();
  if (token === "") throw new IdentityError("refused", `${source} is empty`);
  const isTooLong = token.length > MAX_SUBJECT_BYTES;
  const payload = isTooLong ? undefined : /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token)?.[1];
  const claims = payload === undefined ? undefined : parsed(payload);
  if (!claims) throw new IdentityError("refused", `${source} holds no signed token (a JWT of three parts)`);
  return { token: new Secret(token), type, claims };
};

const parsed = (payload: string): SubjectClaims | undefined => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (!isJsonRecord(claims)) return undefined;
    const { iss, aud, sub, exp } = claims;
    return {
      issuer: wordsOf(iss),
      audience: [aud].flat().slice(0, 5).map(wordsOf).join(", "),
      subject: wordsOf(sub),
      expiresAt: typeof exp === "number" && Number.isFinite(exp) ? exp : undefined,
    };
  } catch {
    return undefined;
  }
};

const wordsOf = (claim: unknown): string => (typeof claim === "string" ? redactInput(claim, 200) : "none");

/** What has to agree with the identity provider and its mapping at OpenAI. `now` in milliseconds since 1970. */
export const describeSubject = (
  { issuer, audience, subject, expiresAt }: SubjectClaims,
  now: number,
): string => {
  const secondsLeft = expiresAt === undefined ? undefined : Math.round(expiresAt - now / 1000);
  const end =
    secondsLeft !== undefined && secondsLeft <= 0
      ? `; by this machine's clock it ended ${-secondsLeft} s ago`
      : "";
  return `issuer ${issuer}, audience ${audience}, subject ${subject}${end}`;
};
