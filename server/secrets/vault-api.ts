// Port to Vault's HTTP API, and what its answers mean.
import type { Secret } from "../secret.ts";
import { SecretError } from "./store.ts";

export interface VaultRequest {
  method: "GET" | "POST";
  /** Behind /v1/. */
  path: string;
  /** Undefined for a login, and where an agent in front of Vault adds it. */
  token: Secret | undefined;
  body?: Readonly<Record<string, string | number | Secret>>;
}

export interface VaultAnswer {
  status: number;
  /** Parsed JSON; undefined where the answer has none. */
  body: unknown;
}

export interface VaultApi {
  /** Where it is, for messages. */
  place: string;
  /** Rejects with a `SecretError` where there is no answer. */
  send(request: VaultRequest, signal: AbortSignal): Promise<VaultAnswer>;
}

const IN_MAINTENANCE = 503;
/** Not as up to date as the request needs, too many requests, or a standby that cannot answer. */
const comeAgain = new Set([412, 429, 472, 473]);

/** What an answer without success says of the secret that was asked for. `what` was asked for at Vault, such as `read on kv/data/x`. */
export const vaultRefusal = (place: string, { status }: VaultAnswer, what: string): SecretError => {
  if (status === IN_MAINTENANCE)
    return new SecretError("down", `cannot be read: Vault at ${place} is sealed (503)`);
  if (status >= 500 || comeAgain.has(status)) {
    return new SecretError("down", `cannot be read: Vault at ${place} answers ${status}`);
  }
  if (status >= 300 && status < 400) {
    return new SecretError(
      "refused",
      `cannot be read: Vault at ${place} redirects, which is not followed; set secrets.vault.address to the server that answers`,
    );
  }
  if (status === 403) {
    return new SecretError(
      "refused",
      `may not be read: Vault at ${place} refuses ${what} (403); give the token's policy that right, or the service another token`,
    );
  }
  if (status === 404)
    return new SecretError("refused", `is not there: Vault at ${place} has nothing for ${what}`);
  return new SecretError("refused", `cannot be read: Vault at ${place} refuses ${what} (${status})`);
};

/** For a success that is not as Vault's documentation has it. */
export const notVault = (place: string): SecretError =>
  new SecretError(
    "refused",
    `cannot be read: what answers at ${place} does not answer as Vault does; check secrets.vault.address`,
  );
