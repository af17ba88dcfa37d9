// How the service signs in to Vault: with a token, by AppRole, or by a pod's service account.
import { z } from "zod";
import { parseInput } from "../json/parse-input.ts";
import { Secret } from "../secret.ts";
import type { StoreCredential, VaultOptions } from "./options.ts";
import { SecretError } from "./store.ts";
import { notVault, type VaultApi, type VaultRequest, vaultRefusal } from "./vault-api.ts";

export interface VaultToken {
  /** Undefined where an agent in front of Vault adds one. */
  token: Secret | undefined;
  /** 0 for one that does not end. */
  ttlMs: number;
  isRenewable: boolean;
}

export interface VaultLogin {
  /** Whether another login makes another token. */
  isRepeatable: boolean;
  logIn(signal: AbortSignal): Promise<VaultToken>;
  renew(token: VaultToken, signal: AbortSignal): Promise<VaultToken>;
  /** Whether the token is still the one to show: a token in a file may have been replaced. */
  isCurrent(token: VaultToken, signal: AbortSignal): Promise<boolean>;
}

/** What a credential of `secrets:` is now. Rejects with a `SecretError` that names the setting. */
export type ReadCredential = (
  setting: string,
  credential: StoreCredential,
  signal: AbortSignal,
) => Promise<Secret>;

export const vaultLogin = (api: VaultApi, options: VaultOptions, read: ReadCredential): VaultLogin => {
  const { token, approle, kubernetes } = options;
  if (approle) {
    return loginBy(api, approle.mount, async (signal) => ({
      role_id: await read("approle.role_id", approle.role_id, signal),
      ...(approle.secret_id && {
        secret_id: await read("approle.secret_id", approle.secret_id, signal),
      }),
    }));
  }
  if (kubernetes) {
    const file = { store: "file", place: kubernetes.token_file, field: undefined } as const;
    return loginBy(api, kubernetes.mount, async (signal) => ({
      role: kubernetes.role,
      jwt: await read("kubernetes.token_file", file, signal),
    }));
  }
  return token ? givenToken(api, (signal) => read("token", token, signal)) : noToken;
};

const authSchema = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number(), renewable: z.boolean() }),
});

const tokenOf = (api: VaultApi, body: unknown): VaultToken => {
  const parsed = parseInput(authSchema, body);
  if (!parsed.success) throw notVault(api.place);
  const { client_token, lease_duration, renewable } = parsed.data.auth;
  return { token: new Secret(client_token), ttlMs: lease_duration * 1000, isRenewable: renewable };
};

const renewSelf = async (api: VaultApi, { token }: VaultToken, signal: AbortSignal): Promise<VaultToken> => {
  const request = {
    method: "POST",
    path: "auth/token/renew-self",
    token: token,
    body: {},
  } as const;
  const answer = await api.send(request, signal);
  if (answer.status !== 200) throw vaultRefusal(api.place, answer, "to renew the token");
  return tokenOf(api, answer.body);
};

const loginBy = (
  api: VaultApi,
  mount: string,
  credentials: (signal: AbortSignal) => Promise<NonNullable<VaultRequest["body"]>>,
): VaultLogin => ({
  isRepeatable: true,
  logIn: async (signal) => {
    const body = await credentials(signal);
    const answer = await api.send(
      { method: "POST", path: `auth/${mount}/login`, token: undefined, body },
      signal,
    );
    if (answer.status === 200) return tokenOf(api, answer.body);
    const refusal = vaultRefusal(api.place, answer, `the login at auth/${mount}`);
    if (refusal.reason === "down") throw refusal;
    throw new SecretError(
      "refused",
      `cannot be read: Vault at ${api.place} refuses the login at auth/${mount} (${answer.status}); check secrets.vault, and the role there`,
    );
  },
  renew: (token, signal) => renewSelf(api, token, signal),
  isCurrent: async () => true,
});

const lookupSchema = z.object({ data: z.object({ ttl: z.number(), renewable: z.boolean().optional() }) });

const givenToken = (api: VaultApi, read: (signal: AbortSignal) => Promise<Secret>): VaultLogin => ({
  isRepeatable: false,
  logIn: async (signal) => {
    const token = await read(signal);
    const path = "auth/token/lookup-self";
    const answer = await api.send({ method: "GET", path, token }, signal);
    if (answer.status === 403) {
      throw new SecretError(
        "refused",
        `cannot be read: Vault at ${api.place} does not accept the token (403); it may have expired, so give the service another`,
      );
    }
    if (answer.status !== 200) throw vaultRefusal(api.place, answer, "to look up the token");
    const parsed = parseInput(lookupSchema, answer.body);
    if (!parsed.success) throw notVault(api.place);
    const { ttl, renewable = false } = parsed.data.data;
    return { token, ttlMs: ttl * 1000, isRenewable: renewable };
  },
  renew: (token, signal) => renewSelf(api, token, signal),
  isCurrent: async ({ token }, signal) => token?.isSame(await read(signal)) ?? false,
});

const noToken: VaultLogin = {
  isRepeatable: false,
  logIn: async () => ({ token: undefined, ttlMs: 0, isRenewable: false }),
  renew: async (token) => token,
  isCurrent: async () => true,
};
