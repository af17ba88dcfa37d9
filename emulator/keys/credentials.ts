// Authentication: by the standard key, or by an ephemeral one.
import { OpenAiError } from "../http/openai-error.ts";
import type { SessionRequest } from "../session/session-schema.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { type ClientSecrets, incorrectKey } from "./client-secrets.ts";
import type { ProjectKeys } from "./project-keys.ts";

/** `holder` is the key itself, or the service account of an access token, which is renewed during a call. */
export type Credential = { holder: string } & (
  | { kind: "standard" }
  | { kind: "ephemeral"; session: SessionRequest }
);

export interface Credentials {
  /** Accepts any key that may start a session. */
  anyKey(key: string | undefined): Credential;
  /** Accepts the standard key only; returns its holder. */
  standardKey(key: string | undefined): string;
}

/** What was issued here. */
interface Issued {
  secrets: ClientSecrets;
  accessTokens: AccessTokens;
  projectKeys: ProjectKeys;
}

/**
 * Checks keys and access tokens. Without `apiKey` it accepts every key that begins like one of OpenAI's, but for those that an
 * admin deleted.
 */
export const checkCredentials = (
  { secrets, accessTokens, projectKeys }: Issued,
  apiKey: string | undefined,
): Credentials => {
  const standardKey = (key: string | undefined): string => {
    if (!key) {
      throw new OpenAiError(401, null, "Missing bearer or basic authentication in header");
    }
    const account = accessTokens.accountOf(key);
    if (account !== undefined) return account;
    const state = projectKeys.stateOf(key);
    const isKnown = apiKey === undefined ? key.startsWith("sk-") : key === apiKey;
    if (state === "deleted" || (state === "unknown" && !isKnown)) {
      throw new OpenAiError(401, "invalid_api_key", incorrectKey(key));
    }
    projectKeys.noteUsed(key);
    return key;
  };
  const anyKey = (key: string | undefined): Credential => {
    if (key?.startsWith("ek_")) return { kind: "ephemeral", holder: key, session: secrets.redeem(key) };
    return { kind: "standard", holder: standardKey(key) };
  };
  return { anyKey, standardKey };
};

/** The key in an `Authorization` header. */
export const bearer = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];

/** Accepts admin keys only. */
export const adminKey = (authorization: string | undefined): void => {
  if (bearer(authorization)?.startsWith("sk-admin")) return;
  throw new OpenAiError(
    401,
    "invalid_api_key",
    "This address takes an admin key only (it begins with sk-admin).",
  );
};
