// GET /doctor/arrival: how a request arrived, for the one who has the service's own key.
import { afterAll, beforeAll, expect, it } from "vitest";
import { DOCTOR_PURPOSE, doctorProof } from "../../server/auth/doctor-proof.ts";
import { Secret } from "../../server/secret.ts";
import { derivedSecret } from "../../server/store/kept-secret.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";

const KEY = "a-key-of-this-test-for-hashes-0123456789";
const proof = () => doctorProof(derivedSecret(new Secret(KEY), DOCTOR_PURPOSE), Date.now());

let broker: TestBroker;
beforeAll(async () => {
  const env = { TOKEN_HASH_KEY: KEY, TRUSTED_PROXIES: "127.0.0.1" };
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", env });
});
afterAll(() => broker.stop());

it("tells how the request arrived, and ends by itself", async () => {
  const headers = { authorization: `Bearer ${proof()}`, "x-forwarded-for": "203.0.113.9" };
  const answer = await broker.fetch("/doctor/arrival", { headers });
  const text = await answer.text();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const [, json = ""] = /^event: arrival\ndata: (.*)$/m.exec(text) ?? [];
  expect(JSON.parse(json)).toEqual({
    ...{ address: "203.0.113.9", peer: "127.0.0.1", is_trusted: true, is_https: false },
    ...{
      host: new URL(broker.url).host,
      forwarding_headers: ["x-forwarded-for"],
      upgrade: null,
      base_path: "",
    },
  });
  expect(text).toMatch(/event: end\ndata: \{\}\n\n$/);
});

it("is closed to callers, guests of this machine among them", async () => {
  const ask = async (authorization?: string) =>
    (await broker.fetch("/doctor/arrival", authorization ? { headers: { authorization } } : {})).status;
  expect(await ask()).toBe(401);
  expect(await ask(`Bearer ${doctorProof(new Secret(KEY), Date.now())}`)).toBe(401);
  expect(await ask(`Basic ${proof()}`)).toBe(401);
});

it("opens nothing else", async () => {
  const headers = { authorization: `Bearer ${proof()}` };
  expect((await broker.fetch("/ephemeral-key", { headers })).status).toBe(401);
});

it("answers HEAD without a body", async () => {
  const headers = { authorization: `Bearer ${proof()}` };
  const answer = await fetch(`${broker.url}/doctor/arrival`, { method: "HEAD", headers });
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
});
