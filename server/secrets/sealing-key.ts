// The key that seals secrets, 32 random bytes as base64url, and where it is: SECRETS_KEY, or a file that only its owner may read.
import { hash } from "node:crypto";
import { SecretError } from "./store.ts";

const FORM = /^[\w-]{43}$/;
const MAX_KEYS = 10;

export interface SealingKey {
  bytes: Uint8Array;
  /** Names the key in what it sealed. The key is random, so its digest tells nothing of it. */
  id: string;
}

export const newSealingKey = (random: (length: number) => Buffer): string => random(32).toString("base64url");

type Keys = readonly [SealingKey, ...SealingKey[]];

/** `variable` is SECRETS_KEY, which decides. Rejects with a `SecretError` that says how to mend it. */
export const readSealingKeys = async (
  { variable, file }: { variable: string | undefined; file: string | undefined },
  readPrivateFile: (path: string) => Promise<string>,
): Promise<Keys> => {
  if (variable) return keysIn(variable, "SECRETS_KEY");
  if (file === undefined) {
    throw new SecretError(
      "refused",
      "cannot be opened: set SECRETS_KEY, or secrets.key_file in broker.yaml (`npx broker secrets key FILE` makes one)",
    );
  }
  try {
    return keysIn(await readPrivateFile(file), file);
  } catch (cause) {
    if (!(cause instanceof SecretError)) throw cause;
    const message = `cannot be opened: its key in ${file} ${cause.message}`;
    throw new SecretError("refused", message, { cause });
  }
};

const keysIn = (text: string, where: string): Keys => {
  const keys = parseSealingKeys(text);
  if (keys) return keys;
  const message = `is not right: ${where} must hold a key as \`npx broker secrets key\` makes it, or several`;
  throw new SecretError("refused", message);
};

/**
 * The keys of a text with one on each line, or commas between: the first seals, all open, so that a new key can be put before
 * the old one. Undefined where the text is none.
 */
export const parseSealingKeys = (text: string): Keys | undefined => {
  const lines = text.split(/[\s,]+/).filter((line) => line !== "");
  const keys = lines.filter((line) => FORM.test(line)).map(keyOf);
  const [first, ...others] = keys;
  return first && keys.length === lines.length && keys.length <= MAX_KEYS ? [first, ...others] : undefined;
};

const keyOf = (text: string): SealingKey => {
  const bytes = Buffer.from(text, "base64url");
  return { bytes, id: hash("sha256", bytes, "base64url").slice(0, 11) };
};
