// What of the service's events belongs into the audit trail. Pure.
import type { BudgetReached } from "../observe/budget-event.ts";
import type { JobDone, OperatorActed, RequestEnded, Subscriber } from "../observe/event.ts";
import type { EventCaller } from "../observe/event-caller.ts";
import type { AuditAction, AuditEntry } from "./entry.ts";

interface Outputs {
  write(entry: AuditEntry): void;
  /** Refusals by policy, which may come in floods. */
  writeRefusal(entry: AuditEntry): void;
}

/** Handed-out keys, refusals by policy, reached budgets, and what operators do over HTTP. */
export const auditRecorder =
  ({ write, writeRefusal }: Outputs, now: () => number): Subscriber =>
  (event) => {
    switch (event.kind) {
      case "minted":
      case "call-started":
      case "ticket-issued":
      case "session-started":
        return write(mintEntry(event, now()));
      case "request-ended":
        if (isByPolicy(event)) writeRefusal(refusalEntry(event));
        return;
      case "budget-reached":
        return write(budgetEntry(event));
      case "operator-acted":
        return write(operatorEntry(event));
      case "refused":
      case "tool-called":
      case "relayed":
      case "reported":
      // The books and the log have how a session goes on.
      case "session-began":
      case "session-ended":
      case "session-trouble":
      case "voice-metered":
      case "origin-refused":
      case "proxy-unknown":
    }
  };

// A 403 of OpenAI's is about our own keys.
const isByPolicy = ({ refusal }: RequestEnded): boolean =>
  refusal?.status === 403 && !refusal.code.startsWith("upstream-");

// A guest's id holds an address.
const actorOf = (caller: EventCaller | undefined): string =>
  caller === undefined ? "unknown" : caller.kind === "guest" ? "guest" : caller.id;

type Mint = Extract<JobDone, { kind: "call-started" | "minted" | "session-started" | "ticket-issued" }>;

const mintActions = {
  minted: "key-minted",
  "call-started": "call-started",
  "ticket-issued": "ticket-issued",
  "session-started": "session-started",
} as const satisfies Record<Mint["kind"], AuditAction>;

const mintEntry = (event: Mint, at: number): AuditEntry => {
  const { kind, caller, requestId, client, profile, model } = event;
  return {
    at,
    action: mintActions[kind],
    actor: actorOf(caller),
    target: `profile:${profile}`,
    details: {
      ...{ team: caller?.team, model, session: "session" in event ? event.session : undefined },
      openai_request_id: "openAiRequestId" in event ? event.openAiRequestId : undefined,
      upstream_key: "upstreamKey" in event ? event.upstreamKey : undefined,
      ...{ request_id: requestId, client },
    },
  };
};

const refusalEntry = (event: RequestEnded): AuditEntry => {
  const { at, caller, refusal, subject, method, route, requestId, client } = event;
  return {
    at,
    action: "request-refused",
    actor: actorOf(caller),
    target: subject && targetOf(subject),
    details: {
      ...{ problem: refusal?.code, team: caller?.team, route: `${method} ${route}` },
      ...{ request_id: requestId, client },
    },
  };
};

const targetOf = (subject: NonNullable<RequestEnded["subject"]>): string => {
  switch (subject.kind) {
    case "mint":
    case "report":
      return `profile:${subject.profile}`;
    case "tool-call":
      return `tool:${subject.tool}`;
    case "relay":
      return `relay:${subject.rule}`;
  }
};

const budgetEntry = ({
  at,
  budget,
  subject,
  threshold,
  unit,
  used,
  limit,
  renewsAt,
}: BudgetReached): AuditEntry => ({
  at,
  action: "budget-reached",
  actor: "service",
  target: subject,
  details: { budget, percent: threshold, unit, used, limit, renews_at: new Date(renewsAt).toISOString() },
});

const operatorEntry = ({
  at,
  action,
  caller,
  target,
  details,
  requestId,
  client,
}: OperatorActed): AuditEntry => ({
  at,
  action,
  actor: actorOf(caller),
  target,
  details: { ...details, request_id: requestId, client },
});
