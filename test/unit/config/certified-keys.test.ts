// Keys whose identity is a client certificate.
import { expect, it } from "vitest";
import { findCertifiedKeyProblems } from "../../../server/config/certified-keys.ts";
import { configOf } from "../../support/configuration.ts";

const problemsOf = (base: string, ...origins: string[]) =>
  findCertifiedKeyProblems(
    configOf(`
client_certificates: [${origins.map((origin) => `{ origin: "${origin}", certificate_file: a, key_file: b }`).join(", ")}]
upstream_keys:
  - name: certified
    base_url: ${base}
    workload_identity: { provider: x509, identity_provider_id: idp, service_account_id: svc }
`),
  );
const mtls = ["https://mtls.auth.openai.com", "https://mtls.api.openai.com"];

it("need a certificate for the exchange and for the API", () => {
  expect(problemsOf("https://mtls.api.openai.com/v1", ...mtls)).toEqual([]);
  expect(problemsOf("https://mtls.api.openai.com/v1")).toEqual([
    "upstream_keys: certified shows a client certificate to https://mtls.auth.openai.com, for which client_certificates has none; add one",
    "upstream_keys: certified shows a client certificate to https://mtls.api.openai.com, for which client_certificates has none; add one",
  ]);
});

it("are not used where OpenAI asks for no certificate", () => {
  expect(problemsOf("https://api.openai.com/v1", ...mtls)).toEqual([
    "upstream_keys: certified shows a client certificate to https://api.openai.com, which asks for none; set its base_url to https://mtls.api.openai.com/v1",
  ]);
});
