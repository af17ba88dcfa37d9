// This service as it would run: every kind of authentication, limits that count but never refuse, log lines, metrics.
import { execFile } from "node:child_process";
import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Program, start } from "./program.ts";

const root = new URL("../", import.meta.url).pathname;
const npmStart: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts.start;
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const folder = mkdtempSync(join(tmpdir(), "bench-broker-"));
const signerSecret = "a-secret-that-the-load-generator-knows";

/** The identity provider's key set, which the upstream publishes at `/jwks`. */
export const jwks = JSON.stringify({
  keys: [{ ...publicKey.export({ format: "jwk" }), kid: "bench", alg: "RS256", use: "sig" }],
});

/** A fixed token of `callers.tokens`. */
export const fixedToken = "a-fixed-token-of-the-benchmark";

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** A caller's token, good for an hour. */
export const tokenOf = (subject: string): string => {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: "bench",
    aud: "voice",
    sub: subject,
    iat: seconds,
    exp: seconds + 3600,
    jti: randomUUID(),
  };
  const signed = `${encode({ alg: "RS256", kid: "bench", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
};

/** A hundred callers' tokens. */
export const callerTokens = (): string[] =>
  Array.from({ length: 100 }, (_, index) => tokenOf(`caller-${index}`));

/** The headers of a signed GET request (RFC 9421). */
export const signatureOf = (path: string): Record<string, string> => {
  const created = Math.floor(Date.now() / 1000);
  const parameters = `("@method" "@path" "@query");created=${created};keyid="bench";nonce="${randomUUID()}"`;
  const base = `"@method": GET\n"@path": ${path}\n"@query": ?\n"@signature-params": ${parameters}`;
  const signature = createHmac("sha256", signerSecret).update(base).digest("base64");
  return { "signature-input": `sig=${parameters}`, signature: `sig=:${signature}:` };
};

const database = {
  DATABASE_URL: `sqlite:${join(folder, "broker.db")}`,
  USAGE_JOURNAL: join(folder, "journal"),
};

/** A new user's token, made by the service's own command line. */
export const addUser = async (name: string): Promise<string> => {
  const command = new URL("../server/cli/main.ts", import.meta.url).pathname;
  const env = { ...process.env, ...database };
  const { stdout } = await promisify(execFile)(process.execPath, [command, "users", "add", name, "--json"], {
    env,
    cwd: folder,
  });
  return JSON.parse(stdout).token;
};

const neverReached = '"900000000 per second, 900000000 per minute"';

/** The name of its row. */
export const SERVICE = "this service";

/** Starts it over an upstream, as `npm start` does. */
export const startService = (upstream: string, env: Record<string, string> = {}): Promise<Program> => {
  const config = join(folder, "broker.yaml");
  writeFileSync(
    config,
    `callers:
  guests: anyone
  tokens: [{ name: bench, token: ${fixedToken} }]
  signers: [{ name: bench, secret: ${signerSecret} }]
  issuers:
    - { issuer: bench, audience: voice, algorithms: [RS256], jwks_url: "${upstream}/jwks" }
limits:
  address: ${neverReached}
  failed_authentication: ${neverReached}
  mints: { caller: ${neverReached}, guest: ${neverReached}, guests: none, everyone: ${neverReached} }
  tool_calls: { caller: ${neverReached}, everyone: ${neverReached} }
  relays: { caller: ${neverReached}, everyone: ${neverReached} }
`,
  );
  return startProgram(upstream, { BROKER_CONFIG: config, ...database, ...env });
};

/** Starts it with another configuration. */
export const startProgram = (upstream: string, env: Record<string, string>): Promise<Program> => {
  const [, first = "", ...more] = npmStart.split(" ");
  // What a saturated service can do is to be measured.
  const load = { LOAD_SHEDDING: "false" };
  const settings = { ...load, PORT: "0", OPENAI_API_KEY: "sk-bench", OPENAI_BASE_URL: `${upstream}/v1` };
  return start(first, more, { ...settings, ...env }, root);
};
