// A real OpenID provider on loopback, which tests may stop, start again and give new keys.
import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export interface IdentityProvider extends AsyncDisposable {
  /** Its `iss`, and where its discovery document is. */
  issuer: string;
  /** A signed access token for the audience `voice`, got as a client gets it. */
  token(scope?: string): Promise<string>;
  /** Requests for keys and for the discovery document so far. */
  readonly asked: number;
  /** Signs with a new key from now on, and publishes it alone. */
  rotateKeys(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const audience = "voice";

const providerFor = (issuer: string): Provider => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] as never },
    cookies: { keys: ["a-key-for-cookies-that-nobody-sends"] },
    clients: [
      {
        client_id: "backend",
        client_secret: "a-secret-of-the-backend",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "https://voice.example.com",
        getResourceServerInfo: () => ({
          scope: "mint admin",
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
};

/** Starts one on a free port. Use with `await using`. */
export const startIdentityProvider = async (): Promise<IdentityProvider> => {
  let provider: Provider;
  let server: Server;
  let asked = 0;
  const listen = (port: number): Promise<number> => {
    server = createServer((request, response) => {
      if (/\/(?:jwks|\.well-known\/)/.test(request.url ?? "")) asked += 1;
      void provider.callback()(request, response);
    });
    return new Promise((resolve) => {
      server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
  };
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const port = await listen(0);
  const issuer = `http://127.0.0.1:${port}`;
  provider = providerFor(issuer);
  return {
    issuer,
    get asked() {
      return asked;
    },
    token: async (scope = "mint") => {
      const body = new URLSearchParams({ grant_type: "client_credentials", scope });
      const authorization = `Basic ${btoa("backend:a-secret-of-the-backend")}`;
      const answer = await fetch(`${issuer}/token`, { method: "POST", headers: { authorization }, body });
      const said = (await answer.json()) as { access_token?: string };
      if (!said.access_token) throw new Error(`the provider gave no token: ${JSON.stringify(said)}`);
      return said.access_token;
    },
    rotateKeys: () => {
      provider = providerFor(issuer);
    },
    stop,
    start: async () => {
      await listen(port);
    },
    [Symbol.asyncDispose]: stop,
  };
};
