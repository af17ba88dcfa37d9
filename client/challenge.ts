// Solves the broker's proof of work for guests: guesses until a derived key has the required prefix. WebCrypto works in
// another thread, so the page stays responsive.
import type { Challenge } from "./answers.ts";

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Resolves to the credential after `Authorization: Altcha`; rejects with the signal's reason when it is aborted. */
export const solve = async (challenge: Challenge, signal?: AbortSignal): Promise<string> => {
  const { nonce, salt, cost, keyPrefix } = challenge.parameters;
  const name = "PBKDF2";
  const how = { name, hash: "SHA-256", salt: bytesOf(salt), iterations: cost };
  for (let counter = 0; ; counter++) {
    signal?.throwIfAborted();
    const guess = bytesOf(nonce + counter.toString(16).padStart(8, "0"));
    const key = await crypto.subtle.importKey("raw", guess, name, false, ["deriveBits"]);
    const bits = new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
    const derivedKey = Array.from(bits, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (derivedKey.startsWith(keyPrefix))
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
  }
};
