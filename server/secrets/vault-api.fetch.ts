// Vault's HTTP API over fetch.
import { Secret } from "../secret.ts";
import { SecretError } from "./store.ts";
import { notVault, type VaultApi, type VaultRequest } from "./vault-api.ts";

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1_048_576;

export interface VaultAddress {
  /** Without a slash at its end. */
  address: string;
  namespace: string | undefined;
}

export const vaultOver = (
  { address, namespace }: VaultAddress,
  fetch: typeof globalThis.fetch,
): VaultApi => ({
  place: address,
  send: async ({ method, path, token, body }, signal) => {
    const headers = {
      // An agent in front of Vault wants it, as a protection against forged requests.
      "x-vault-request": "true",
      ...(token === undefined ? {} : { "x-vault-token": open(token) }),
      ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    try {
      const response = await fetch(`${address}/v1/${encodeURI(path)}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(opened(body)) }),
        // Another host would get the token.
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      return {
        status: response.status,
        body: parse(await readText(response, address), response.ok, address),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof SecretError ? error : unanswered(address, error);
    }
  },
});

const opened = (body: NonNullable<VaultRequest["body"]>) =>
  Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, value instanceof Secret ? open(value) : value]),
  );

const open = (secret: Secret): string => secret.reveal();

const readText = async (response: Response, address: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw notVault(address);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

// Of a failure only the status is read.
const parse = (text: string, isOk: boolean, address: string): unknown => {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    if (isOk) throw notVault(address);
    return undefined;
  }
};

const untrusted = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS_CERT_)/;

const unanswered = (address: string, error: unknown): SecretError => {
  const code = codeOf(error);
  if (untrusted.test(code)) {
    return new SecretError(
      "refused",
      `cannot be read: the certificate of Vault at ${address} is not trusted (${code}); start the service with NODE_EXTRA_CA_CERTS=FILE, its CA's certificate`,
      { cause: error },
    );
  }
  return new SecretError("down", `cannot be read: Vault at ${address} does not answer (${code})`, {
    cause: error,
  });
};

// fetch says "fetch failed", and has the reason as its cause; of several addresses, each has a reason.
const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown error";
  if (error.name === "TimeoutError") return `not within ${TIMEOUT_MS / 1000} s`;
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error.cause === undefined ? error.name : codeOf(error.cause);
};
