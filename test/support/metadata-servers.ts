// The metadata servers of clouds as their documentation has them, over real sockets: they give the machine's identity.
import type { IncomingMessage, ServerResponse } from "node:http";
import { serve, type TestServer } from "./server.ts";

type TokenFor = (audience: string) => Promise<string>;

const send = (answer: ServerResponse, status: number, body: string, headers: Record<string, string> = {}) => {
  answer.writeHead(status, headers);
  answer.end(body);
};

const targetOf = ({ url = "/" }: IncomingMessage): URL => new URL(url, "http://metadata");

/** Google's: the header against forged requests is required, and comes back. */
export const googleMetadata = (tokenFor: TokenFor): Promise<TestServer> =>
  serve(async (request, answer) => {
    const headers = { "metadata-flavor": "Google", "content-type": "text/html" };
    const { pathname, searchParams } = targetOf(request);
    if (request.headers["metadata-flavor"] !== "Google") return send(answer, 403, "Missing header", headers);
    if (pathname !== "/computeMetadata/v1/instance/service-accounts/default/identity")
      return send(answer, 404, "not found", headers);
    const audience = searchParams.get("audience");
    if (!audience) return send(answer, 400, "non-empty audience parameter required", headers);
    send(answer, 200, await tokenFor(audience), headers);
  });

/** Azure's: an access token for an application, of the machine's managed identity. `clientIds` are the user-assigned ones. */
export const azureMetadata = (tokenFor: TokenFor, clientIds: readonly string[] = []): Promise<TestServer> =>
  serve(async (request, answer) => {
    const json = { "content-type": "application/json; charset=utf-8" };
    const { pathname, searchParams } = targetOf(request);
    const refuse = (error_description: string) =>
      send(answer, 400, JSON.stringify({ error: "invalid_request", error_description }), json);
    if (request.headers.metadata !== "true") return refuse("Required metadata header not specified");
    if (pathname !== "/metadata/identity/oauth2/token") return send(answer, 404, "", json);
    if (searchParams.get("api-version") !== "2018-02-01") return refuse("Bad api-version");
    const resource = searchParams.get("resource");
    if (!resource) return refuse("Bad resource");
    const clientId = searchParams.get("client_id");
    if (clientId !== null && !clientIds.includes(clientId)) return refuse("Identity not found");
    if (clientId === null && clientIds.length > 1) return refuse("Multiple user assigned identities exist");
    const access_token = await tokenFor(resource);
    send(
      answer,
      200,
      JSON.stringify({ access_token, token_type: "Bearer", resource, expires_in: "3599" }),
      json,
    );
  });
