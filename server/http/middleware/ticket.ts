// Tickets in place of credentials: who was given one, what for, and what the request may still say.
import type { Caller } from "../../auth/caller.ts";
import { holdsCredential } from "../../auth/query-credentials.ts";
import { rejected } from "../../auth/rejection.ts";
import { Failure } from "../../failures/failure.ts";
import type { Grant } from "../../mint/mint.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import { applyOverrides } from "../../profiles/overrides.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { Ticket } from "../../sessions/store/session-store.ts";
import type { RequestFacts } from "../facts.ts";
import { type Step, step } from "../operation.ts";
import { type AuthenticateServices, authenticateFailures, identify, watch } from "./authenticate.ts";

export interface TicketServices {
  sessions: Pick<Sessions, "readTicket">;
  /**
   * The caller with the roles and rights that they have now; undefined where the configuration in force would admit them no more, or an
   * operator has disabled them. Throws `store-unavailable`.
   */
  admitAgain(caller: Caller): Promise<Caller | undefined>;
}

export interface Ticketed {
  caller: Caller;
  /** Undefined where the caller shows credentials of their own. */
  ticket: Ticket | undefined;
}

/** What beginning a supervised session may be refused with. */
export const sessionFailures = [
  ...(["credentials-rejected", "limit-exceeded", "offer-invalid"] as const),
  ...(["sessions-exceeded", "budget-exceeded", "store-unavailable"] as const),
];

/** As `authenticate`, where a ticket may stand in place of credentials. The ticket is not used up yet. */
export const authenticateOrTicket = step(
  authenticateFailures,
  async (facts: RequestFacts, services: AuthenticateServices & TicketServices): Promise<Ticketed> => {
    let ticket: Ticket | undefined;
    const caller = await identify(facts, services, (credentials) => {
      const { bearer, query } = credentials;
      if (bearer === undefined || !bearer.startsWith("ek_")) return services.authenticate(credentials);
      if (holdsCredential(query)) throw new Failure("credentials-in-query");
      return async () => {
        ticket = await services.sessions.readTicket(bearer);
        return admitted(ticket.caller, services);
      };
    });
    // A session ends by itself when its user is disabled.
    if (!ticket) return { ...watch(caller, facts, services), ticket };
    facts.tags = ticket.tags;
    return { caller, ticket };
  },
);

// What they were allowed when the ticket was issued may have been taken from them since.
const admitted = async (issuedTo: Caller, { admitAgain }: TicketServices): Promise<Caller> => {
  const caller = await admitAgain(issuedTo);
  if (caller) return caller;
  throw rejected("ticket-caller-ended", `${issuedTo.kind} may not call any more`);
};

/** Puts what the ticket was issued for in place of what the request asks, which is only to be compared. */
export const resolveTicketRequest = step(
  [],
  ({
    ticket,
    keyRequest,
  }: Ticketed & RequestFacts & { keyRequest: KeyRequest }): {
    keyRequest: KeyRequest;
    asked: KeyRequest | undefined;
  } => (ticket ? { keyRequest: ticket.keyRequest, asked: keyRequest } : { keyRequest, asked: undefined }),
);

/** Refuses a request that asks for more than its ticket was issued for, and tickets of a profile that takes none any more. */
export const checkTicketRequest = step(
  ["credentials-rejected", "key-request-invalid"],
  ({ asked, grant }: RequestFacts & { asked: KeyRequest | undefined; grant: Grant }): void => {
    if (!asked) return;
    if (grant.supervision === "none") {
      throw rejected("ticket-elsewhere", `the profile ${grant.profile} is not supervised any more`);
    }
    if (asked.profile !== undefined && asked.profile !== grant.profile) {
      throw new Failure("key-request-invalid", "The ticket is for another profile; leave `profile` out.");
    }
    // Clients of OpenAI's repeat what they were told of the session.
    const { errors } = applyOverrides(grant.session, asked.session ?? {}, []);
    if (errors.length === 0) return;
    throw new Failure("key-request-invalid", "What the session is was decided when the ticket was issued.", {
      errors,
    });
  },
);

/** A step for callers with credentials of their own: what it counts was counted when the ticket was issued. */
export const unlessTicket = <Needs extends RequestFacts, Uses>(
  counting: Step<Needs, void, Uses>,
): Step<Needs & Ticketed, void, Uses> =>
  step(counting.failures, (facts, services) => (facts.ticket ? undefined : counting.run(facts, services)));
