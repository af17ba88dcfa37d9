// An upstream key whose identity is the connection's client certificate (X.509).
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { createAuthority, trusting } from "../support/certificates.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { startTlsFront } from "../support/tls-front.ts";

it("exchanges its certificate for an access token, and shows both with mints", async () => {
  using authority = createAuthority();
  using _ = trusting(authority);
  await using openai = await fakeOpenAi((answer, { url }) => {
    const token = { access_token: "at-certified", token_type: "Bearer", expires_in: 600 };
    const minted = { value: "ek_1", expires_at: 4_000_000_000, session: { type: "realtime" } };
    answer.end(JSON.stringify(url === "/oauth/token" ? token : minted));
  });
  await using front = await startTlsFront(openai.url, authority.issue(["localhost"]), authority);
  const { certificateFile, keyFile } = authority.issue(["the-broker"]);
  const origin = `https://localhost:${front.port}`;
  await using broker = await createTestBroker({
    openai: `${origin}/v1`,
    env: { OPENAI_API_KEY: "" },
    yaml: `
callers: { guests: loopback }
client_certificates: [{ origin: "${origin}", certificate_file: ${certificateFile}, key_file: ${keyFile} }]
upstream_keys:
  - name: certified
    base_url: ${origin}/v1
    workload_identity:
      { provider: x509, identity_provider_id: idp, service_account_id: svc, exchange_url: "${origin}/oauth/token" }
`,
  });
  expect((await broker.fetch("/ephemeral-key")).status).toBe(200);
  expect(openai.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ["/oauth/token", undefined],
    ["/v1/realtime/client_secrets", "Bearer at-certified"],
  ]);
  expect(JSON.parse(openai.asked[0]?.body ?? "")).toEqual({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:openai:params:oauth:token-type:x509",
    ...{ identity_provider_id: "idp", service_account_id: "svc" },
  });
  expect(new Set(front.clients)).toEqual(new Set(["the-broker"]));
});
