// The exchange of an identity for an access token, and what may be answered.

import { Agent } from "undici";
import { afterAll, expect, it } from "vitest";
import { systemClock } from "../../../../server/clock.ts";
import { createHttpClient } from "../../../../server/upstream/http-client.undici.ts";
import { subjectTokenOf } from "../../../../server/upstream/identity/subject-token.ts";
import { exchangeToken } from "../../../../server/upstream/identity/token-exchange.ts";
import { workloadIdentitySchema } from "../../../../server/upstream/identity/workload-identity.ts";
import { type Behaviour, fakeOpenAi } from "../../../support/fake-openai.ts";
import { createWorkload } from "../../../support/workload.ts";

const workload = await createWorkload();
const text = await workload.token({ lifeSeconds: -60 });
const subject = subjectTokenOf(text, "jwt", "the file");
const agent = new Agent({ maxResponseSize: 65_536 });
afterAll(async () => {
  await workload[Symbol.asyncDispose]();
  await agent.destroy();
});
const ports = { http: createHttpClient(agent), clock: systemClock };

const exchangeAt = (url: string, signal = new AbortController().signal, withSubject = true) => {
  const identity = workloadIdentitySchema.parse({
    ...{ provider: "token_file", file: "token", exchange_url: `${url}/oauth/token` },
    ...{ identity_provider_id: "idp_1", service_account_id: "svc_1" },
  });
  return exchangeToken(identity, withSubject ? subject : undefined, ports, signal);
};
const answering =
  (status: number, body: unknown, headers = {}): Behaviour =>
  (answer) => {
    answer.writeHead(status, headers);
    answer.end(typeof body === "string" ? body : JSON.stringify(body));
  };
const exchange = async (status: number, body: unknown, headers = {}) => {
  await using openai = await fakeOpenAi(answering(status, body, headers));
  return await exchangeAt(openai.url);
};
const good = {
  access_token: "at-1",
  issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
  token_type: "Bearer",
  expires_in: 900,
};

it("sends what OpenAI documents", async () => {
  await using openai = await fakeOpenAi(answering(200, good));
  const { secret, lifeMs } = await exchangeAt(openai.url);
  expect([secret.reveal(), lifeMs]).toEqual(["at-1", 900_000]);
  const [{ method, url, headers, body } = { method: "", url: "", headers: {}, body: "" }] = openai.asked;
  expect([method, url, headers["content-type"], headers.authorization]).toEqual([
    ...["POST", "/oauth/token", "application/json", undefined],
  ]);
  expect(JSON.parse(body)).toEqual({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    subject_token: text,
    identity_provider_id: "idp_1",
    service_account_id: "svc_1",
  });
});

it("sends no token where the client certificate is the identity", async () => {
  await using openai = await fakeOpenAi(answering(200, good));
  await exchangeAt(openai.url, undefined, false);
  const body = JSON.parse(openai.asked[0]?.body ?? "");
  expect(body.subject_token_type).toBe("urn:openai:params:oauth:token-type:x509");
  expect(body).not.toHaveProperty("subject_token");
});

it("takes a token for an hour where no time is told, and for a day at most", async () => {
  expect((await exchange(200, { access_token: "at-1" })).lifeMs).toBe(3_600_000);
  expect((await exchange(200, { ...good, expires_in: 1e12 })).lifeMs).toBe(86_400_000);
});

it.each([
  ["a page", "<html>sign in</html>"],
  ["nothing", ""],
  ["no token", {}],
  ["a token that is no header field", { ...good, access_token: "a\r\nb: c" }],
  ["an endless token", { ...good, access_token: "a".repeat(20_000) }],
  ["a token of another scheme", { ...good, token_type: "DPoP" }],
  ["a token for something else", { ...good, issued_token_type: "urn:ietf:params:oauth:token-type:jwt" }],
  ["a token without life", { ...good, expires_in: 0 }],
  ["a life that is a text", { ...good, expires_in: "soon" }],
])("refuses %s", async (_, body) => {
  await expect(exchange(200, body)).rejects.toThrow(/got no access token from .*; look at exchange_url/);
});

it("says what OpenAI refuses of the identity, and that it has ended", async () => {
  await expect(exchange(400, { error: "invalid_grant", error_description: "No mapping." })).rejects.toThrow(
    /^OpenAI refuses the identity \(400 invalid_grant: No mapping\.\): issuer https:\/\/cluster\.example\.com, audience https:\/\/api\.openai\.com\/v1, subject system:serviceaccount:voice:broker; by this machine's clock it ended 6\d s ago; the identity provider idp_1 and its mapping to svc_1 at OpenAI have to agree with it$/,
  );
});

it.each([
  [
    503,
    { error: { code: "server_error", message: "Try later." } },
    /token exchange answered 503 server_error: Try later\./,
  ],
  [429, "slow down", /token exchange answered 429$/],
  [404, "", /oauth\/token answered 404; look at exchange_url/],
])("says that it was answered %i", async (status, body, message) => {
  await expect(exchange(status, body)).rejects.toThrow(message);
});

it("follows no redirect, which would take the identity to another place", async () => {
  await using other = await fakeOpenAi(answering(200, good));
  await expect(exchange(307, "", { location: `${other.url}/oauth/token` })).rejects.toThrow(
    "answered 307; look at exchange_url",
  );
  expect(other.asked).toEqual([]);
});

it("quotes no token that an error repeats", async () => {
  const error: Error = await exchange(401, { error: "invalid_grant", error_description: `bad ${text}` }).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );
  expect(error.message).toContain("invalid_grant: bad [redacted]");
  expect(error.message).not.toContain(text.slice(0, 20));
});

it("says that nothing can be reached", async () => {
  await expect(exchangeAt("http://127.0.0.1:9")).rejects.toThrow(
    "http://127.0.0.1:9 cannot be reached: no connection (ECONNREFUSED); let the service connect to it",
  );
});

it("ends when the service stops", async () => {
  await using openai = await fakeOpenAi(() => {});
  const stopping = new AbortController();
  const refused = expect(exchangeAt(openai.url, stopping.signal)).rejects.toThrow("the service stops");
  stopping.abort(new Error("the service stops"));
  await refused;
});
