// Who calls a tool: a caller with credentials of their own, or the page of a live session with its grant.
import type { Caller } from "../../auth/caller.ts";
import { rejected } from "../../auth/rejection.ts";
import { Failure } from "../../failures/failure.ts";
import type { VoiceSession } from "../../sessions/session.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { Toolbox } from "../../tools/toolbox.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { type AuthenticateServices, authenticateFailures, identify, watch } from "./authenticate.ts";

export interface ToolCallerServices extends AuthenticateServices {
  sessions: Pick<Sessions, "findByGrant">;
}

interface ToolCaller {
  caller: Caller;
  /** The live session whose grant was shown; undefined where the caller has credentials of their own. */
  voiceSession: VoiceSession | undefined;
}

/** Adds the caller. A grant is dead when its session has ended. */
export const authenticateOrGrant = step(
  [...authenticateFailures, "session-over"],
  (facts: RequestFacts, services: ToolCallerServices): ToolCaller | Promise<ToolCaller> => {
    let voiceSession: VoiceSession | undefined;
    const identified = identify(facts, services, (credentials) => {
      const { bearer } = credentials;
      if (!bearer?.startsWith("vg_")) return services.authenticate(credentials);
      return async () => {
        voiceSession = await services.sessions.findByGrant(bearer);
        if (voiceSession) return voiceSession.caller;
        throw rejected("grant-unknown", "no session has this grant, or it ended long ago");
      };
    });
    if (!(identified instanceof Promise)) return { ...watch(identified, facts, services), voiceSession };
    return identified.then((caller) => {
      if (!voiceSession) return { ...watch(caller, facts, services), voiceSession };
      if (voiceSession.state === "ended" || voiceSession.state === "ending")
        throw new Failure("session-over");
      return { caller, voiceSession };
    });
  },
);

/** Refuses a page the tools that its session does not have or that the service runs, and a caller without a grant those that need one. */
export const checkToolGrant = step(
  ["tool-forbidden"],
  (
    { caller, voiceSession, path }: RequestFacts & ToolCaller,
    { toolbox }: { toolbox: Pick<Toolbox, "isBoundToSession"> },
  ): void => {
    const name = path.slice(1);
    if (voiceSession) {
      if (isPagesTool(voiceSession, name)) return;
      throw new Failure("tool-forbidden", `${name} is none of the tools that the page of this session runs.`);
    }
    if (!toolbox.isBoundToSession(name, caller)) return;
    throw new Failure(
      "tool-forbidden",
      `${name} runs in a live session only: send its grant, \`supervision.grant\` of /ephemeral-key's answer, as the bearer token.`,
    );
  },
);

const isPagesTool = ({ session, voice }: VoiceSession, name: string): boolean =>
  Array.isArray(session.tools) &&
  session.tools.some((tool: unknown) => Object(tool).name === name) &&
  !voice.serverTools.includes(name);
