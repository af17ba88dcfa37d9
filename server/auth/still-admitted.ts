// A caller whom the service knew a while ago, as the ways to call that are configured now would admit them. Pure.
import type { Caller } from "./caller.ts";

interface Member {
  name: string;
  roles: readonly string[];
  team?: string | undefined;
}

export interface ConfiguredCallers {
  guests: "anyone" | "loopback" | "none";
  tokens: readonly Member[];
  signers: readonly Member[];
  issuers: readonly { issuer: string }[];
}

/**
 * With the roles and the team that they have now; undefined where they may not call any more. Users are in the database, callers of an
 * application are its own to admit, and what a JWT says stays said: they come back as they are.
 */
export const configuredCaller = (
  { guests, tokens, signers, issuers }: ConfiguredCallers,
  caller: Caller,
): Caller | undefined => {
  switch (caller.kind) {
    case "guest":
      return guests === "none" ? undefined : caller;
    case "token":
    case "signer": {
      const member = (caller.kind === "token" ? tokens : signers).find(({ name }) => name === caller.name);
      return member && { ...caller, roles: member.roles, team: member.team };
    }
    case "jwt":
      return issuers.some(({ issuer }) => issuer === caller.issuer) ? caller : undefined;
    case "host":
    case "user":
      return caller;
  }
};
