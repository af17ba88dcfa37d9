// Secrets that are sealed in the configuration itself: compact JWE, encrypted with AES-256-GCM under a key that stands elsewhere.
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from "jose";
import { Secret } from "../secret.ts";
import type { SealingKey } from "./sealing-key.ts";
import { SecretError, type SecretStore, wholeSecret } from "./store.ts";

const MAX_LENGTH = 131_072;

/** The keys that open what was sealed. Rejects with a `SecretError` where there are none. */
export type ReadSealingKeys = () => Promise<readonly SealingKey[]>;

export const sealedSecrets = (readKeys: ReadSealingKeys): SecretStore => ({
  changes: "never",
  read: async (sealed) => {
    if (sealed.length > MAX_LENGTH) throw new SecretError("refused", "is too long");
    const keys = await readKeys();
    const id = keyIdIn(sealed);
    const key = keys.find((each) => each.id === id);
    if (!key) {
      const known = keys.map((each) => each.id).join(", ");
      throw new SecretError(
        "refused",
        `was sealed with another key, ${id ?? "without a name"}; there is ${known}: add that key, or seal the secret anew`,
      );
    }
    return wholeSecret(new Secret(await open(sealed, key)));
  },
  [Symbol.asyncDispose]: async () => {},
});

/** The text that stands in the configuration, behind `sealed:`. */
export const seal = (secret: string, { bytes, id }: SealingKey): Promise<string> =>
  new CompactEncrypt(new TextEncoder().encode(secret))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: id })
    .encrypt(bytes);

const keyIdIn = (sealed: string): string | undefined => {
  try {
    return decodeProtectedHeader(sealed).kid;
  } catch (cause) {
    throw damaged(cause);
  }
};

const open = async (sealed: string, { bytes }: SealingKey): Promise<string> => {
  try {
    const algorithms = { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] };
    const { plaintext } = await compactDecrypt(sealed, bytes, algorithms);
    return new TextDecoder("utf-8", { fatal: true }).decode(plaintext);
  } catch (cause) {
    throw damaged(cause);
  }
};

const damaged = (cause: unknown): SecretError =>
  new SecretError("refused", "is damaged; copy it again, or seal the secret anew", { cause });
