// A real OpenID provider on loopback, which tests may stop, start again and give new keys.
import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type ClientMetadata, Provider } from "oidc-provider";

export interface IdentityProvider extends AsyncDisposable {
  /** Its `iss`, and where its discovery document is. */
  issuer: string;
  /** A signed access token for the audience `voice`, got as a client gets it. */
  token(scope?: string): Promise<string>;
  /** Requests for keys and for the discovery document so far. */
  readonly asked: number;
  /** Signs with a new key from now on, and publishes it alone. */
  rotateKeys(): void;
  /** A page as a public client; until then it has none. */
  addPage(clientId: string, redirectUri: string): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const audience = "voice";
const resource = "https://voice.example.com";

const publicClient = ({ clientId, redirectUri }: NonNullable<Page>): ClientMetadata => ({
  ...{ client_id: clientId, token_endpoint_auth_method: "none", grant_types: ["authorization_code"] },
  ...{ redirect_uris: [redirectUri], response_types: ["code"] },
});

const signInForm = `<!doctype html><title>Sign in</title>
<form method="post"><label>Name <input name="name"></label> <button>Continue</button></form>`;

/** Asks who is there, and believes it. */
const interact = async (
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html");
    response.end(signInForm);
    return;
  }
  const accountId = new URLSearchParams(await text(request)).get("name") ?? "";
  await provider.interactionFinished(request, response, { login: { accountId } });
};

type Page = { clientId: string; redirectUri: string } | undefined;

const providerFor = (issuer: string, page?: Page): Provider => {
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
      ...(page ? [publicClient(page)] : []),
    ],
    clientBasedCORS: () => true,
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // Who signs in agrees to everything.
    loadExistingGrant: async ({ oidc: { provider, client, session } }) => {
      const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
      grant.addOIDCScope("openid");
      grant.addResourceScope(resource, "mint admin");
      await grant.save();
      return grant;
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
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
      if (request.url?.startsWith("/interaction/")) void interact(provider, request, response);
      else void provider.callback()(request, response);
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
    addPage: (clientId, redirectUri) => {
      provider = providerFor(issuer, { clientId, redirectUri });
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
