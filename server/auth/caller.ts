// The authenticated caller: all that other modules know of authentication.
import type { Rate } from "../rates.ts";

export type Caller =
  | { kind: "guest"; id: string }
  | ({ kind: "token"; id: string; name: string } & Membership)
  | ({ kind: "signer"; id: string; name: string } & Membership)
  | ({
      kind: "jwt";
      id: string;
      issuer: string;
      subject: string;
      /** The token's end, in milliseconds since 1970. */
      endsAt: number;
    } & Membership)
  | ({
      kind: "user";
      id: string;
      name: string;
      /** The only profiles this user may use; undefined where the profiles' own `allow` decides. */
      profiles: readonly string[] | undefined;
      limits: OwnLimits;
      /** Names the token in the log; no secret. */
      tokenPrefix: string;
      /** The token's end as the database had it, in milliseconds since 1970. */
      endsAt: number | undefined;
    } & Membership)
  | ({
      /** Handed over by the application in which the service is mounted. */
      kind: "host";
      id: string;
      name: string;
      profiles: readonly string[] | undefined;
      limits: OwnLimits;
      /** The session's end, in milliseconds since 1970. */
      endsAt: number | undefined;
    } & Membership);

interface Membership {
  roles: readonly string[];
  /** Whose spending it also is. */
  team?: string | undefined;
}

/** A user's own limits. They replace those of roles and kinds of callers; what is left out is theirs. */
export interface OwnLimits {
  mints?: readonly Rate[] | undefined;
  tool_calls?: readonly Rate[] | undefined;
  relays?: readonly Rate[] | undefined;
  usage_reports?: readonly Rate[] | undefined;
}
