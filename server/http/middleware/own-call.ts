// The call in a path, of which a session's caller, or its page, may dispose.
import type { Caller } from "../../auth/caller.ts";
import { rejected } from "../../auth/rejection.ts";
import { Failure } from "../../failures/failure.ts";
import type { VoiceSession } from "../../sessions/session.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { type AuthenticateServices, authenticateFailures, identify, watch } from "./authenticate.ts";

export interface OwnCallServices {
  sessions: Pick<Sessions, "findByGrant" | "findCall">;
}

interface OwnCall {
  caller: Caller;
  session: VoiceSession;
}

/**
 * Adds the session of the call in the path `/v1/realtime/calls/<id>/…`, for a caller who shows its grant or whose own it is. Whether
 * another caller has it is not told. Guests show the grant: one address may be many people's.
 */
export const resolveOwnCall = step(
  [...authenticateFailures, "session-unknown"],
  async (facts: RequestFacts, services: AuthenticateServices & OwnCallServices): Promise<OwnCall> => {
    const { sessions } = services;
    let granted: VoiceSession | undefined;
    const caller = await identify(facts, services, (credentials) => {
      const { bearer } = credentials;
      if (!bearer?.startsWith("vg_")) return services.authenticate(credentials);
      return async () => {
        granted = await sessions.findByGrant(bearer);
        if (granted) return granted.caller;
        throw rejected("grant-unknown", "no session has this grant, or it ended long ago");
      };
    });
    if (!granted) watch(caller, facts, services);
    const callId = facts.path.split("/")[4] ?? "";
    const session = granted ?? (await findOwn(callId, caller, services));
    if (!session || session.callId !== callId) throw new Failure("session-unknown");
    return { caller, session };
  },
);

const findOwn = async (
  callId: string,
  caller: Caller,
  { sessions }: OwnCallServices,
): Promise<VoiceSession | undefined> =>
  caller.kind === "guest" || !/^[\w-]{1,128}$/.test(callId) ? undefined : sessions.findCall(callId, caller);
