// broker doctor: an identity provider with one thing wrong each, and with nothing wrong.
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../server/clock.ts";
import { createAuthority, type TestAuthority } from "../support/certificates.ts";
import { examineCallers } from "../support/doctor-service.ts";
import { type KeyServer, startKeyServer } from "../support/key-server.ts";
import { startTlsFront } from "../support/tls-front.ts";

let server: KeyServer;
let authority: TestAuthority;
beforeAll(() => {
  authority = createAuthority();
});
beforeEach(async () => {
  server = await startKeyServer();
  return () => server[Symbol.asyncDispose]();
});
afterAll(() => authority[Symbol.dispose]());

interface Given {
  issuer?: string;
  algorithms?: string;
  more?: string;
  clockMs?: number;
}

const ask = ({ issuer = server.url, algorithms = "ES256", more = "", clockMs = 0 }: Given = {}) => {
  const entry = `{ issuer: "${issuer}", audience: voice, algorithms: [${algorithms}]${more} }`;
  const clock = { ...systemClock, now: () => systemClock.now() + clockMs };
  return examineCallers({}, { yaml: `callers: { issuers: [${entry}] }`, clock });
};

it("finds nothing wrong with a healthy one", async () => {
  const { faults, findings } = await ask();
  expect(faults).toEqual([]);
  expect(findings[0]?.title).toBe("has a key for ES256");
});

const planted: Record<string, () => Given> = {
  "fault issuer.discovery": () => {
    server.instead = { status: 404, body: "<html>not here</html>" };
    return {};
  },
  "fault issuer.mismatch": () => ({ issuer: `${server.url}/` }),
  "fault issuer.algorithms": () => ({ algorithms: "RS256, EdDSA" }),
  "fault issuer.keys": () => ({ more: `, jwks_url: "${server.url}/.well-known/openid-configuration"` }),
  "warning issuer.clock": () => ({ clockMs: -60_000 }),
  "fault issuer.unreachable": () => ({ issuer: "http://127.0.0.1:9" }),
};

it.each(Object.entries(planted))("names %s, and nothing else", async (found, plant) => {
  expect((await ask(plant())).faults).toEqual([found]);
});

it("names a provider without keys", async () => {
  server.withdrawKeys();
  const { faults, findings } = await ask();
  expect([faults, findings[0]?.title]).toEqual([["fault issuer.algorithms"], "publishes no key"]);
});

it("names a certificate of an authority that is not known", async () => {
  await using front = await startTlsFront(server.url, authority.issue(["127.0.0.1"]));
  const { faults, findings } = await ask({ issuer: `https://127.0.0.1:${front.port}` });
  expect(faults).toEqual(["fault issuer.certificate"]);
  expect(findings[0]?.fix).toContain("TLS_CA_FILE");
});

it("holds a key in broker.yaml against the algorithms", async () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = JSON.stringify(publicKey.export({ type: "spki", format: "pem" }));
  const more = `, public_key: ${pem}`;
  expect((await ask({ more })).faults).toEqual([]);
  expect((await ask({ more, algorithms: "ES384" })).faults).toEqual(["fault issuer.algorithms"]);
});
