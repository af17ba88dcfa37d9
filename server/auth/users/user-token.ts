// A user's token: `rkb_PREFIX_SECRET`. The prefix finds it, the secret proves it.

/** Returns `count` random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

export interface UserToken {
  /** 12 letters and digits, no secret: the token is found by it, and named by it in the log. */
  prefix: string;
  /** The whole token, as it travels. */
  text: string;
}

const START = "rkb_";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PREFIX_LENGTH = 12;
const SECRET_BYTES = 32;
// 32 bytes in base64url: the last of 43 characters carries four bits only.
const FORM = /^rkb_([A-Za-z0-9]{12})_[\w-]{42}[AEIMQUYcgkosw048]$/;

/** Whether the text begins like a user's token, well-formed or not. */
export const claimsToBeUserToken = (text: string): boolean => text.startsWith(START);

/** Undefined for every text that `newUserToken` cannot have made. */
export const parseUserToken = (text: string): UserToken | undefined => {
  const [, prefix] = FORM.exec(text) ?? [];
  return prefix === undefined ? undefined : { prefix, text };
};

/** A new token. Its secret has 256 random bits, too many to guess. */
export const newUserToken = (random: RandomBytes): UserToken => {
  const prefix = newPrefix(random);
  const secret = Buffer.from(random(SECRET_BYTES)).toString("base64url");
  return { prefix, text: `${START}${prefix}_${secret}` };
};

const newPrefix = (random: RandomBytes): string => {
  // Bytes beyond the last whole alphabet are skipped, so that every letter is equally likely.
  const end = 256 - (256 % ALPHABET.length);
  let prefix = "";
  while (prefix.length < PREFIX_LENGTH) {
    for (const byte of random(PREFIX_LENGTH - prefix.length)) {
      if (byte < end) prefix += ALPHABET[byte % ALPHABET.length];
    }
  }
  return prefix;
};
