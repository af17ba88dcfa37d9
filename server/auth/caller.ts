// Who is calling, once that is known. The other rooms know callers by this type alone.
import type { Rate } from "../rates.ts";

export type Caller =
  | { kind: "guest"; id: string }
  | ({ kind: "token"; id: string; name: string } & Standing)
  | ({ kind: "signer"; id: string; name: string } & Standing)
  | ({
      kind: "jwt";
      id: string;
      issuer: string;
      subject: string;
      /** The token's end, in milliseconds since 1970. */
      endsAt: number;
    } & Standing)
  | ({
      kind: "user";
      id: string;
      name: string;
      /** The only profiles this user may use; undefined where the profiles' own `allow` decides. */
      profiles: readonly string[] | undefined;
      limits: OwnLimits;
      /** Names the token that was shown; no secret. */
      tokenPrefix: string;
      /** The token's own end as far as it was known, in milliseconds since 1970. */
      endsAt: number | undefined;
    } & Standing);

interface Standing {
  roles: readonly string[];
}

/** Limits that go before those of roles and kinds of callers; what is left out is theirs. */
export interface OwnLimits {
  mints?: readonly Rate[] | undefined;
  tool_calls?: readonly Rate[] | undefined;
  relays?: readonly Rate[] | undefined;
}
