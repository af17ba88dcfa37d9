// A user's token: `rkb_PREFIX_SECRET`. The prefix finds it, the secret proves it.

/** Gives so many random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

export interface UserToken {
  /** 12 letters and digits, no secret: what the token is found by, and named by in the log. */
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

/** Whether it means to be a user's token, well-formed or not. */
export const claimsToBeUserToken = (text: string): boolean => text.startsWith(START);

/** Undefined for what no `newUserToken` can have made. */
export const parseUserToken = (text: string): UserToken | undefined => {
  const [, prefix] = FORM.exec(text) ?? [];
  return prefix === undefined ? undefined : { prefix, text };
};

/** A token that nobody can guess: 256 random bits. */
export const newUserToken = (random: RandomBytes): UserToken => {
  const prefix = newPrefix(random);
  const secret = Buffer.from(random(SECRET_BYTES)).toString("base64url");
  return { prefix, text: `${START}${prefix}_${secret}` };
};

const newPrefix = (random: RandomBytes): string => {
  // A byte beyond the last whole alphabet is left out, so that every letter is as likely.
  const end = 256 - (256 % ALPHABET.length);
  let prefix = "";
  while (prefix.length < PREFIX_LENGTH) {
    for (const byte of random(PREFIX_LENGTH - prefix.length)) {
      if (byte < end) prefix += ALPHABET[byte % ALPHABET.length];
    }
  }
  return prefix;
};
