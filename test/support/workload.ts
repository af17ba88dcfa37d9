// A workload's identity: an issuer whose tokens the emulator's exchange trusts, and a file that holds one.
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export interface Workload extends AsyncDisposable {
  /** For `PUT /emulator/identity-providers`. */
  provider: Record<string, unknown>;
  /** Where the token is, as Kubernetes projects one. */
  file: string;
  token(more?: TokenOptions): Promise<string>;
  /** Replaces the file's token by a fresh one, or by that text. */
  project(text?: string): Promise<void>;
}

interface TokenOptions {
  audience?: string;
  issuer?: string;
  subject?: string;
  /** From now on. */
  lifeSeconds?: number;
}

const ISSUER = "https://cluster.example.com";
const AUDIENCE = "https://api.openai.com/v1";
const SUBJECT = "system:serviceaccount:voice:broker";

/** `tokenSeconds`: how long access tokens live. The file holds a fresh token. Use with `await using`. */
export const createWorkload = async ({
  tokenSeconds = 3600,
  now = Date.now,
}: {
  tokenSeconds?: number;
  now?: () => number;
} = {}): Promise<Workload> => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const folder = await mkdtemp(join(tmpdir(), "broker-workload-"));
  const file = join(folder, "token");
  const token = ({
    audience = AUDIENCE,
    issuer = ISSUER,
    subject = SUBJECT,
    lifeSeconds = 3600,
  }: TokenOptions = {}) => {
    const seconds = Math.floor(now() / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: "ES256", kid: "1" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + lifeSeconds)
      .sign(privateKey);
  };
  const project = async (text?: string): Promise<void> => {
    // As the platform does it: a reader never sees half a file.
    await writeFile(`${file}.new`, text ?? (await token()));
    await rename(`${file}.new`, file);
  };
  await project();
  return {
    provider: {
      id: "idp_cluster",
      issuer: ISSUER,
      audience: AUDIENCE,
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: "1" }] },
      service_accounts: [{ id: "svc_broker", subject: SUBJECT }],
      token_seconds: tokenSeconds,
    },
    file,
    token,
    project,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
};

/** Has an emulator trust them. */
export const trust = async (baseUrl: string, ...workloads: Pick<Workload, "provider">[]): Promise<void> => {
  const url = new URL("/emulator/identity-providers", baseUrl);
  const body = JSON.stringify({ providers: workloads.map(({ provider }) => provider) });
  const answer = await fetch(url, { method: "PUT", body });
  if (!answer.ok) throw new Error(`the emulator refuses the identity provider: ${await answer.text()}`);
};

/** An entry of `upstream_keys` with the workload's token file, in YAML's flow style. */
export const identityEntry = (
  name: string,
  { file }: Pick<Workload, "file">,
  baseUrl: string,
  more = "",
): string => `{
  name: ${name}, base_url: "${baseUrl}", ${more}
  workload_identity: {
    provider: token_file, file: "${file}", exchange_url: "${new URL("/oauth/token", baseUrl).href}",
    identity_provider_id: idp_cluster, service_account_id: svc_broker } }`;
