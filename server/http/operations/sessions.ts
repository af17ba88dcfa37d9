// GET /sessions, and GET and DELETE /sessions/<id>: supervised voice sessions, to see who is talking and to end it.
import { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import type { Clock } from "../../clock.ts";
import type { VoiceSession } from "../../sessions/session.ts";
import type { SessionFilter } from "../../sessions/store/session-store.ts";
import { jsonAnswer } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitReports } from "../middleware/limits.ts";
import {
  type OwnSessions,
  resolveSession,
  resolveWhose,
  type SessionServices,
} from "../middleware/sessions.ts";
import { sessionEndSchema, voiceSessionSchema, voiceSessionsSchema } from "../openapi/session-schemas.ts";
import { operation, step } from "../operation.ts";
import { readQuery } from "../request/query.ts";
import { sessionAnswer } from "../response/session-answers.ts";
import type { ReportServices } from "../run.ts";

const MAX_LISTED = 500;

const sessionsQuery = z.strictObject({
  caller: z
    .string()
    .max(300)
    .optional()
    .describe("Only of this caller, such as `user:alice`. For operators."),
  profile: z.string().max(300).optional().describe("Only of this profile."),
  open: z
    .enum(["true", "false"])
    .default("false")
    .describe("Whether only those that have not ended are told."),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be a number from 1 to ${MAX_LISTED}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MAX_LISTED, `must be a number from 1 to ${MAX_LISTED}`)
    .default(100)
    .describe("At most this many."),
});

const readAsked = step(
  ["sessions-query-invalid"],
  ({ query, ownOnly }: RequestFacts & OwnSessions): { filter: SessionFilter } => {
    const { caller: asked, profile, open, limit } = readQuery(sessionsQuery, query, "sessions-query-invalid");
    const caller = ownOnly ?? asked;
    return {
      filter: {
        ...{ isOpen: open === "true", limit },
        ...(caller !== undefined && { caller }),
        ...(profile !== undefined && { profile }),
      },
    };
  },
);

interface Known extends OwnSessions {
  caller: Caller;
  session: VoiceSession;
}

type Now = { clock: Pick<Clock, "now"> };

export const sessionList = operation({
  routes: { "GET /sessions": "sessions" },
  summary: "Supervised voice sessions, open ones and those of the last days",
  description: "Operators see everyone's, other callers their own, whatever they ask for.",
  query: sessionsQuery,
  answer: jsonAnswer("The sessions.", voiceSessionsSchema),
  failures: ["store-unavailable"],
  isQuiet: true,
})
  .step(acceptWork)
  .step(authenticate)
  .step(resolveWhose)
  .step(limitReports)
  .step(readAsked)
  .handle(
    async (
      { filter, ownOnly }: OwnSessions & { filter: SessionFilter },
      { sessions, clock }: SessionServices & Now,
    ) => {
      const now = clock.now();
      const found = await sessions.list(filter);
      return { sessions: found.map((session) => sessionAnswer(session, ownOnly === undefined, now)) };
    },
  );

const pathParameters = { id: "The session's name, `vs_…`." };

export const sessionById = operation({
  routes: { "GET /sessions/:id": "session" },
  summary: "One supervised voice session",
  pathParameters,
  answer: jsonAnswer("The session.", voiceSessionSchema),
})
  .step(acceptWork)
  .step(authenticate)
  .step(resolveWhose)
  .step(limitReports)
  .step(resolveSession)
  .handle(({ session, ownOnly }: Known, { clock }: Now) =>
    sessionAnswer(session, ownOnly === undefined, clock.now()),
  );

export const endSession = operation({
  routes: { "DELETE /sessions/:id": "endSession" },
  summary: "End a supervised voice session",
  description:
    "It ends within a second, on whichever replica it is. Operators may end everyone's, other callers their own.",
  pathParameters,
  answer: jsonAnswer("Whether it was open.", sessionEndSchema),
  failures: ["store-unavailable"],
})
  .step(acceptWork)
  .step(authenticate)
  .step(resolveWhose)
  .step(limitReports)
  .step(resolveSession)
  .handle(async (facts: RequestFacts & Known, services: SessionServices & ReportServices) => {
    const { caller, session } = facts;
    const { id } = session;
    const isOwn = session.caller.id === caller.id;
    const ended = await services.sessions.end({ ids: [id] }, isOwn ? "hung-up" : "operator");
    if (!isOwn) tellOperators(facts, services, session);
    return { id, ended: ended > 0 };
  });

/** What the audit trail gets of it. */
const tellOperators = (
  { requestId, caller, address }: RequestFacts,
  { clock, emit, hashAddress }: ReportServices,
  session: VoiceSession,
): void =>
  emit({
    ...{ kind: "operator-acted", at: clock.now(), requestId, caller, action: "session-end-requested" },
    client: hashAddress(address),
    target: `session:${session.id}`,
    details: {
      caller: session.caller.kind === "guest" ? "guest" : session.caller.id,
      profile: session.profile,
      state: session.state,
    },
  });
