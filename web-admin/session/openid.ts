// Signs in with the identity provider: OpenID Connect's code flow with PKCE, the page being a public client.
import * as oauth from "oauth4webapi";
import type { SignIn } from "../api/answers.ts";

type Provider = NonNullable<SignIn["openid"]>;

/** Of a sign-in under way, for when the provider has sent the browser back. */
interface Pending {
  state: string;
  verifier: string;
  /** What the page showed. */
  search: string;
}

const PENDING = "broker-operator-sign-in";

/** Where the provider sends the browser back to: the page without its query. */
const redirectUri = (): string => location.origin + location.pathname;

/** A provider on this machine has no certificate. */
const optionsFor = (issuer: URL) => ({
  [oauth.allowInsecureRequests]: issuer.protocol === "http:" && isLoopback(issuer.hostname),
});

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "127.0.0.1" || host === "[::1]";

const discover = async ({ issuer }: Provider): Promise<oauth.AuthorizationServer> => {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, optionsFor(url));
  return oauth.processDiscoveryResponse(url, response);
};

/** Leaves the page. Rejects where the provider does not answer. */
export const beginSignIn = async (provider: Provider): Promise<void> => {
  const server = await discover(provider);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const pending: Pending = { state, verifier, search: location.search };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const address = new URL(server.authorization_endpoint ?? "");
  const query = {
    client_id: provider.client_id,
    redirect_uri: redirectUri(),
    response_type: "code",
    scope: provider.scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  location.assign(address);
};

/** The access token. Shows again what the page showed. Rejects with the provider's reason. */
export const finishSignIn = async (provider: Provider): Promise<string> => {
  const answered = new URL(location.href);
  const pending: Pending | null = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, "", location.pathname + (pending?.search ?? ""));
  if (!pending) throw new Error("This sign-in was begun in another tab. Begin again.");
  const server = await discover(provider);
  const client: oauth.Client = { client_id: provider.client_id };
  const parameters = oauth.validateAuthResponse(server, client, answered, pending.state);
  const response = await oauth.authorizationCodeGrantRequest(
    ...([server, client, oauth.None(), parameters, redirectUri(), pending.verifier] as const),
    optionsFor(new URL(provider.issuer)),
  );
  const { access_token: token } = await oauth.processAuthorizationCodeResponse(server, client, response);
  return token;
};
