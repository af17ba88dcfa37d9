// The metadata servers of clouds as their documentation has them, over real sockets: they give the machine's identity.
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
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

const credentials = {
  AccessKeyId: "AKIAMACHINE",
  SecretAccessKey: "machine-secret",
  Token: "machine-session",
};

/** AWS' for machines, version 2: whatever is asked shows a token of its own, which a PUT gives. */
export const awsMetadata = (): Promise<TestServer> =>
  serve((request, answer) => {
    const { pathname } = targetOf(request);
    if (pathname === "/latest/api/token") {
      const isPut = request.method === "PUT" && request.headers["x-aws-ec2-metadata-token-ttl-seconds"];
      return isPut ? send(answer, 200, "imds-token") : send(answer, 405, "");
    }
    if (request.headers["x-aws-ec2-metadata-token"] !== "imds-token") return send(answer, 401, "");
    const roles = /^\/latest\/meta-data\/iam\/security-credentials(?:-extended)?\/(.*)$/.exec(pathname);
    if (!roles) return send(answer, 404, "");
    if (roles[1] === "") return send(answer, 200, "broker-role");
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    send(answer, 200, JSON.stringify({ Code: "Success", Type: "AWS-HMAC", Expiration, ...credentials }));
  });

/** STS in a region: it signs who asks. `asked` has the form fields of each request. */
export const awsSts = async (
  tokenFor: TokenFor,
): Promise<TestServer & { asked: URLSearchParams[]; refuseWith(code: string): void }> => {
  const asked: URLSearchParams[] = [];
  let code = "";
  const server = await serve(async (request, answer) => {
    const form = new URLSearchParams(await text(request));
    asked.push(form);
    const isMachine = request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 Credential=AKIAMACHINE/");
    const refusal = isMachine ? code : "AccessDenied";
    const xml = { "content-type": "text/xml" };
    if (refusal) {
      const message = "User arn:aws:iam::123456789012:role/broker is not authorized";
      const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${refusal}</Code><Message>${message}</Message></Error></ErrorResponse>`;
      return send(answer, 403, body, xml);
    }
    const token = await tokenFor(form.get("Audience.member.1") ?? "");
    const result = `<WebIdentityToken>${token}</WebIdentityToken><Expiration>2030-01-01T00:00:00Z</Expiration>`;
    const body = `<GetWebIdentityTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetWebIdentityTokenResult>${result}</GetWebIdentityTokenResult></GetWebIdentityTokenResponse>`;
    send(answer, 200, body, xml);
  });
  return {
    ...server,
    asked,
    refuseWith: (next) => {
      code = next;
    },
  };
};

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
