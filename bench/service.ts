// This service as it would run: JWT callers by JWKS, log lines, metrics.
import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Program, start } from "./program.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** The identity provider's key set, for the upstream to publish. */
export const jwks = JSON.stringify({
  keys: [{ ...publicKey.export({ format: "jwk" }), kid: "bench", alg: "RS256", use: "sig" }],
});

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** A caller's token, good for an hour. */
export const tokenOf = (subject: string): string => {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { iss: "bench", aud: "voice", sub: subject, iat: seconds, exp: seconds + 3600 };
  const signed = `${encode({ alg: "RS256", kid: "bench", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
};

/** Starts it over an upstream. */
export const startService = (upstream: string): Promise<Program> => {
  const config = join(tmpdir(), `bench-broker-${process.pid}.yaml`);
  writeFileSync(
    config,
    `callers:
  issuers:
    - { issuer: bench, audience: voice, algorithms: [RS256], jwks_url: "${upstream}/jwks" }
`,
  );
  return start("../server/main.ts", [], {
    PORT: "0",
    BROKER_CONFIG: config,
    OPENAI_API_KEY: "sk-bench",
    OPENAI_BASE_URL: `${upstream}/v1`,
  });
};
