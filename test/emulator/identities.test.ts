// The emulator's token exchange, as the `openai` package uses it.
import OpenAI from "openai";
import { OAuthError } from "openai/auth";
import { afterAll, beforeEach, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { createWorkload, trust } from "../support/workload.ts";
import { createCallClient } from "./call-client.ts";

let passedMs = 0;
const now = () => Date.now() + passedMs;
const emulator = await startEmulator({ now });
const workload = await createWorkload({ tokenSeconds: 600, now });
afterAll(async () => {
  await emulator.close();
  await workload[Symbol.asyncDispose]();
});
beforeEach(async () => {
  passedMs = 0;
  await trust(emulator.baseUrl, workload);
});

const origin = new URL(emulator.baseUrl).origin;
/** The package's own exchange, whose address is fixed. */
const atEmulator = (input: string | URL | Request, init?: RequestInit) =>
  fetch(String(input).replace("https://auth.openai.com", origin), init);

const clientWith = (token: () => Promise<string>, ids = {}) =>
  new OpenAI({
    baseURL: emulator.baseUrl,
    maxRetries: 0,
    fetch: atEmulator,
    workloadIdentity: {
      ...{ identityProviderId: "idp_cluster", serviceAccountId: "svc_broker", ...ids },
      provider: { tokenType: "jwt", getToken: token },
    },
  });

it("gives the package an access token, with which it asks", async () => {
  const client = clientWith(workload.token);
  const models = await client.models.list();
  expect(models.data.length).toBeGreaterThan(0);
});

it.each<[string, Parameters<typeof workload.token>[0], object]>([
  ["another audience", { audience: "https://other" }, {}],
  ["another issuer", { issuer: "https://other" }, {}],
  ["another subject", { subject: "system:serviceaccount:voice:other" }, {}],
  ["an end in the past", { lifeSeconds: -1 }, {}],
  ["a service account that it is not mapped to", {}, { serviceAccountId: "svc_other" }],
  ["an unknown provider", {}, { identityProviderId: "idp_other" }],
])("refuses an identity with %s", async (_, token, ids) => {
  const client = clientWith(() => workload.token(token), ids);
  await expect(client.models.list()).rejects.toThrow(OAuthError);
});

it("refuses an identity that another has signed", async () => {
  await using other = await createWorkload({ now });
  await expect(clientWith(other.token).models.list()).rejects.toThrow("could not be verified");
});

it("takes no identity in place of an access token", async () => {
  const client = new OpenAI({ baseURL: emulator.baseUrl, maxRetries: 0, apiKey: await workload.token() });
  await expect(client.models.list()).rejects.toThrow(OpenAI.AuthenticationError);
});

const exchange = async (subject_token: string) => {
  const body = JSON.stringify({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    ...{ subject_token, identity_provider_id: "idp_cluster", service_account_id: "svc_broker" },
  });
  const answer = await fetch(`${origin}/oauth/token`, { method: "POST", body });
  return (await answer.json()) as { access_token: string; expires_in: number };
};

it("lets a service account hang up its call with another access token than the one that made it", async () => {
  const [first, second] = [await exchange(await workload.token()), await exchange(await workload.token())];
  expect(second.access_token).not.toBe(first.access_token);
  const id = await createCallClient(emulator.baseUrl, first.access_token).peerless();
  const others = createCallClient(emulator.baseUrl).openai.realtime.calls;
  await expect(others.hangup(id)).rejects.toMatchObject({ status: 404 });
  await createCallClient(emulator.baseUrl, second.access_token).openai.realtime.calls.hangup(id);
});

it("accepts an access token until it ends, and never longer than the identity", async () => {
  const { access_token: apiKey, expires_in: seconds } = await exchange(await workload.token());
  expect(seconds).toBe(600);
  const short = await exchange(await workload.token({ lifeSeconds: 60 }));
  expect(short.expires_in).toBeLessThanOrEqual(60);
  const client = new OpenAI({ baseURL: emulator.baseUrl, maxRetries: 0, apiKey });
  passedMs = 590_000;
  await client.models.list();
  passedMs = 601_000;
  await expect(client.models.list()).rejects.toMatchObject({ status: 401, code: "token_expired" });
});
