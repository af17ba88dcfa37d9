// Whose voice sessions a caller may see and end.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import type { VoiceSession } from "../../sessions/session.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { type AuthenticateServices, authenticate } from "./authenticate.ts";
import type { OperatorServices } from "./operators.ts";

export interface SessionServices {
  sessions: Pick<Sessions, "end" | "find" | "findByGrant" | "follow" | "list">;
}

export interface OwnSessions {
  /** The only caller whose sessions may be seen; undefined for operators. */
  ownOnly: string | undefined;
}

/** Guests have their page's grant: one address may be many people's. */
export const resolveWhose = step(
  ["sessions-shared"],
  (facts: RequestFacts & { caller: Caller }, { isOperator }: OperatorServices): OwnSessions => {
    const { caller } = facts;
    // A cookie, which other sites' pages send too, makes no operator.
    const isBySession = caller.kind === "host" && facts.header("authorization") === undefined;
    if (!isBySession && isOperator(caller)) return { ownOnly: undefined };
    if (caller.kind === "guest") throw new Failure("sessions-shared");
    return { ownOnly: caller.id };
  },
);

/** The session in the path. Whether another caller's exists is not told. */
export const resolveSession = step(
  ["session-unknown", "store-unavailable"],
  async (
    { path, ownOnly }: RequestFacts & OwnSessions,
    { sessions }: SessionServices,
  ): Promise<{ session: VoiceSession }> => {
    const session = await sessions.find(path.slice(path.lastIndexOf("/") + 1));
    if (!session || (ownOnly !== undefined && session.caller.id !== ownOnly))
      throw new Failure("session-unknown");
    return { session };
  },
);

export interface CurrentSession {
  caller: Caller;
  session: VoiceSession;
  /** Whether the caller has shown a page's grant alone. */
  isByGrant: boolean;
}

/**
 * Adds the session of the grant that the caller shows as a bearer token; of a caller with credentials of their own the newest. A grant
 * has 256 bits, so an unknown one is no guess worth counting: its session may not have begun.
 */
export const resolveCurrent = step(
  [...authenticate.failures, "session-unknown", "sessions-shared"],
  async (facts: RequestFacts, services: AuthenticateServices & SessionServices): Promise<CurrentSession> => {
    const { sessions } = services;
    const grant = grantIn(facts.header("authorization"));
    const found = async (session: VoiceSession | undefined): Promise<VoiceSession> => {
      if (session) return session;
      throw new Failure("session-unknown");
    };
    if (grant !== undefined) {
      const session = await found(await sessions.findByGrant(grant));
      return { caller: session.caller, session, isByGrant: true };
    }
    const { caller } = await authenticate.run(facts, services);
    if (caller.kind === "guest") throw new Failure("sessions-shared");
    const [newest] = await sessions.list({ caller: caller.id, limit: 1 });
    return { caller, session: await found(newest), isByGrant: false };
  },
);

const grantIn = (authorization: string | undefined): string | undefined =>
  /^Bearer +(vg_[\w-]{1,100}) *$/i.exec(authorization ?? "")?.[1];
