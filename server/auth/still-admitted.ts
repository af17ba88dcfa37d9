// Whether a caller whom the service knew a while ago would still be admitted, by the ways to call that are configured now. Pure.
import type { Caller } from "./caller.ts";

export interface ConfiguredCallers {
  guests: "anyone" | "loopback" | "none";
  tokens: readonly { name: string }[];
  signers: readonly { name: string }[];
  issuers: readonly { issuer: string }[];
}

/** Users are in the database, and callers of an application are its own to admit: of them it answers true. */
export const isConfigured = (
  { guests, tokens, signers, issuers }: ConfiguredCallers,
  caller: Caller,
): boolean => {
  switch (caller.kind) {
    case "guest":
      return guests !== "none";
    case "token":
      return tokens.some(({ name }) => name === caller.name);
    case "signer":
      return signers.some(({ name }) => name === caller.name);
    case "jwt":
      return issuers.some(({ issuer }) => issuer === caller.issuer);
    case "host":
    case "user":
      return true;
  }
};
