// The door for callers without credentials, closed unless the configuration opens it.
import { z } from "zod";
import type { Authenticator } from "./authenticator.ts";
import { isLocal } from "./locality.ts";

export const guestsSchema = z
  .enum(["none", "loopback", "anyone"])
  .describe("Who is let in without credentials: none, loopback (this machine's user), or anyone.");

/** Lets in callers who show no credentials at all; a bad credential is never a guest. */
export const guestAuthenticator =
  (guests: z.output<typeof guestsSchema>, allowedOrigins: ReadonlySet<string>): Authenticator =>
  ({ bearer, solution, origin }) => {
    if (guests === "none" || bearer !== undefined || solution !== undefined) return undefined;
    if (guests === "loopback" && !isLocal(origin, allowedOrigins)) return undefined;
    return { kind: "guest", id: `guest:${origin.network}` };
  };
