// A created key as it is kept: sealed, with all that is needed to delete it, so that who can write the database can name no other.
import { createHmac } from "node:crypto";
import { z } from "zod";
import { parseInput } from "../json/parse-input.ts";
import { Secret } from "../secret.ts";
import { KeyAdminError } from "./key-admin.ts";
import type { RotatedKey } from "./rotated-key.ts";

export interface Credential {
  secret: Secret;
  remoteId: string;
  project: string;
}

/** Seals texts with SECRETS_KEY. Both reject where it is missing, or is not the one that sealed. */
export interface Sealing {
  seal(text: string): Promise<string>;
  open(sealed: string): Promise<Secret>;
}

const credentialSchema = z.strictObject({
  name: z.string(),
  secret: z.string().min(8),
  remoteId: z.string().regex(/^(?:service_account|api_key):[\w-]+$/),
  project: z.string(),
});

export const sealCredential = (
  { seal }: Sealing,
  { name }: Pick<RotatedKey, "name">,
  { secret, remoteId, project }: Credential,
): Promise<string> => seal(JSON.stringify({ name, secret: secret.reveal(), remoteId, project }));

/** Rejects with a sentence that says what to do. */
export const openCredential = async (
  { open }: Sealing,
  { name }: Pick<RotatedKey, "name">,
  sealed: string,
): Promise<Credential> => {
  const text = await open(sealed).catch((error: Error) => {
    throw new KeyAdminError(`the stored key of ${name} ${error.message}`, { cause: error });
  });
  const { data } = parseInput(credentialSchema, JSON.parse(text.reveal()));
  // One that was moved from another row is refused.
  if (data?.name !== name) throw new KeyAdminError(`the stored key of ${name} is damaged`);
  return { secret: new Secret(data.secret), remoteId: data.remoteId, project: data.project };
};

/** Tells configured secrets apart, and nothing else of them. `key` is the database's own, the same on all replicas. */
export const configuredHash = (key: Secret, secret: Secret): string =>
  createHmac("sha256", key.reveal()).update(secret.reveal()).digest("base64url").slice(0, 22);
