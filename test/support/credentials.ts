// What a request brings to prove its caller, for tests of authenticators; and requests signed after RFC 9421.
import { createHmac } from "node:crypto";
import type { Authenticator, Credentials } from "../../server/auth/authenticator.ts";
import type { Caller } from "../../server/auth/caller.ts";
import type { Origin } from "../../server/auth/guests/loopback.ts";
import type { SignedRequest } from "../../server/auth/signatures/signature-base.ts";

interface Changes {
  bearer?: string | undefined;
  solution?: string;
  query?: string;
  origin?: Partial<Origin>;
  request?: Partial<SignedRequest>;
}

/** A request of a program on this machine without any credential, but for the changes. */
export const credentialsWith = ({ origin, request, ...changes }: Changes = {}): Credentials => ({
  bearer: undefined,
  solution: undefined,
  query: "",
  origin: () => ({
    address: "127.0.0.1",
    network: "127.0.0.1",
    host: "localhost",
    origin: undefined,
    fetchSite: undefined,
    forwarded: false,
    ...origin,
  }),
  request: () => ({ method: "GET", target: "/tools", headers: {}, ...request }),
  ...changes,
});

/** The caller, verified where that is needed; undefined for "not mine". */
export const settle = async (answer: ReturnType<Authenticator>): Promise<Caller | undefined> =>
  typeof answer === "function" ? answer() : answer;

interface Signing {
  method?: string;
  target?: string;
  headers?: Record<string, string>;
  components?: string[];
  keyId?: string;
  secret: string;
  nonce?: string;
  /** Unix seconds. */
  created: number;
  expires?: number;
}

/** A request with its signature. Without changes it is one that the signer `shop` may send. */
export const signedRequest = ({
  method = "GET",
  target = "/tools",
  headers = {},
  components = ["@method", "@path", "@query"],
  keyId = "shop",
  secret,
  nonce = "0123456789abcdef",
  created,
  expires,
}: Signing): SignedRequest => {
  const [path = "", query = ""] = target.split("?");
  const values: Record<string, string> = {
    "@method": method,
    "@path": path,
    "@query": `?${query}`,
    ...headers,
  };
  const end = expires === undefined ? "" : `;expires=${expires}`;
  const covered = components.map((name) => `"${name}"`).join(" ");
  const parameters = `(${covered});created=${created};keyid="${keyId}";nonce="${nonce}"${end}`;
  const lines = components.map((name) => `"${name}": ${values[name]}`);
  const base = [...lines, `"@signature-params": ${parameters}`].join("\n");
  const signature = createHmac("sha256", secret).update(base).digest("base64");
  return {
    method,
    target,
    headers: { ...headers, "signature-input": `sig=${parameters}`, signature: `sig=:${signature}:` },
  };
};
