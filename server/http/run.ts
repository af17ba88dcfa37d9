// Runs an operation: its steps in order, then its handler; and tells at the end what came of the request.
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import { rejectionReason } from "../auth/rejection.ts";
import type { Clock } from "../clock.ts";
import type { Failure } from "../failures/failure.ts";
import { type ForwardingRules, resolveClientAddress } from "../net/client-address.ts";
import type { Job, RequestEnded, Subscriber } from "../observe/event.ts";
import { redact } from "../observe/redact.ts";
import type { Tracing } from "../observe/trace.ts";
import { type AnswerKind, reply } from "./answer.ts";
import { RequestFacts } from "./facts.ts";
import { allowOrigins } from "./middleware/cors.ts";
import { noticeMissingSettings } from "./middleware/missing-settings.ts";
import type { Step } from "./operation.ts";
import { tellMissingVersion } from "./response/openai-error.ts";
import { asFailure, renderFailure } from "./response/problem.ts";
import { insistOnHttps } from "./response/security-headers.ts";
import type { BrokerResponse } from "./server/broker-response.node.ts";

export interface ReportServices {
  clock: Pick<Clock, "monotonic" | "now">;
  emit: Subscriber;
  /** Makes an address fit for a log line; undefined where none is wanted. */
  hashAddress(address: string): string | undefined;
}

/** What every request needs, whatever its operation. */
export interface RunServices extends ReportServices, ForwardingRules {
  newRequestId(): string;
  /** Undefined where there are no traces. */
  tracing?: Tracing | undefined;
  allowedOrigins: ReadonlySet<string>;
}

export interface Runnable {
  /** The route's name in log and metrics. */
  route: string;
  steps: readonly Step<never, unknown, never>[];
  handler: (facts: never, services: never) => unknown;
  answer: Pick<AnswerKind<unknown>, "write">;
  /** Worth a log line only when it fails. */
  isQuiet: boolean;
}

export interface BrokerEnv {
  Bindings: HttpBindings & { outgoing: BrokerResponse };
}

/** A handler for the router. The services are those of the moment at which the request begins, until it ends. */
export const run =
  <Services extends RunServices>(
    { route, steps, handler, answer, isQuiet }: Runnable,
    current: () => Services,
  ) =>
  async (c: Context<BrokerEnv>): Promise<Response> => {
    const services = current();
    const facts = begin(c, route, services);
    if (services.tracing && !isQuiet) facts.trace = traceOf(facts, services.tracing);
    try {
      noticeMissingSettings(facts, services);
      // Always awaited: Node parses on meanwhile, and a request that is malformed behind its head gets its 400.
      await allowOrigins(c, facts, services.allowedOrigins);
      for (const { run } of steps) {
        const added = run(facts as never, services as never);
        Object.assign(facts, added instanceof Promise ? await added : added);
      }
      facts.jobStartedAtMs = services.clock.monotonic();
      facts.trace?.jobBegins(facts.subject);
      answer.write(facts, await handler(facts as never, services as never));
    } catch (error) {
      refuse(facts, services, error);
    } finally {
      facts.end();
    }
    tellEnd(facts, services, isQuiet);
    return RESPONSE_ALREADY_SENT;
  };

/** For handlers: emits the event of the job that was done. The request's log line tells the same. */
export const report = (facts: RequestFacts, services: ReportServices, job: Job): void => {
  const { clock, emit, hashAddress } = services;
  const { requestId, caller } = facts;
  const seconds = secondsSince(facts.jobStartedAtMs, clock) ?? 0;
  facts.done = { ...job, requestId, caller, seconds, client: hashAddress(facts.address) };
  emit(facts.done);
};

const begin = (c: Context<BrokerEnv>, route: string, services: RunServices): RequestFacts => {
  const { incoming, outgoing } = c.env;
  const { address, isProxied, isHttps } = resolveClientAddress(incoming, services);
  const requestId = services.newRequestId();
  outgoing.fields["x-request-id"] = requestId;
  if (isHttps) Object.assign(outgoing.fields, insistOnHttps);
  return new RequestFacts({
    incoming,
    outgoing,
    path: c.req.path,
    route,
    requestId,
    startedAtMs: services.clock.monotonic(),
    address,
    isProxied,
    isHttps,
  });
};

const traceOf = (facts: RequestFacts, tracing: Tracing) => {
  const { method, route } = facts;
  return tracing.begin({
    ...{ method, route },
    traceparent: facts.header("traceparent"),
    tracestate: facts.header("tracestate"),
  });
};

const refuse = (facts: RequestFacts, services: RunServices, error: unknown): void => {
  const { incoming, outgoing, requestId } = facts;
  const failure = tellMissingVersion(asFailure(error), facts.path);
  facts.isAborted = incoming.socket.destroyed || outgoing.closed;
  // Work that ended because its caller had gone is no failure of ours.
  if (!(facts.isAborted && failure.code === "internal" && isAbort(failure.cause))) {
    reportRefusal(facts, services, failure);
  }
  if (outgoing.headersSent) outgoing.destroy();
  else reply(facts, renderFailure(failure, facts.path, requestId, outgoing.basePath));
};

/** For handlers: emits the refusal of the request, or of the one call in it. The request's log line tells the same. */
export const reportRefusal = (
  facts: RequestFacts,
  { clock, emit }: ReportServices,
  failure: Failure,
): void => {
  const { requestId, caller } = facts;
  facts.refusal = {
    kind: "refused",
    requestId,
    caller,
    subject: facts.done ? undefined : facts.subject,
    seconds: secondsSince(facts.jobStartedAtMs, clock),
    code: failure.code,
    status: failure.status,
    limits: failure.violatedPolicies,
    pointers: failure.errors?.map(({ pointer }) => redact(pointer)),
    reason: rejectionReason(failure),
    cause: failure.cause,
  };
  emit(facts.refusal);
};

const secondsSince = (
  startedAtMs: number | undefined,
  clock: Pick<Clock, "monotonic">,
): number | undefined => (startedAtMs === undefined ? undefined : (clock.monotonic() - startedAtMs) / 1000);

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

// Where OpenAI breaks an answer off, the reason is another.
const hasLeft = ({ done, cutOff }: RequestFacts): boolean =>
  cutOff === undefined && done?.kind === "relayed" && isAbort(done.broken);

const tellEnd = (facts: RequestFacts, { clock, emit, hashAddress }: RunServices, isQuiet: boolean): void => {
  const { requestId, caller, method, route, path, outgoing, subject, model, done, refusal, cutOff } = facts;
  const event: RequestEnded = {
    kind: "request-ended",
    at: clock.now(),
    requestId,
    caller,
    method,
    route,
    path,
    status: facts.isAborted ? 499 : outgoing.statusCode,
    ms: Math.round((clock.monotonic() - facts.startedAtMs) * 1000) / 1000,
    client: hashAddress(facts.address),
    subject,
    model: done || model === undefined ? undefined : redact(model),
    done,
    refusal,
    isAborted: facts.isAborted || hasLeft(facts),
    cutOff,
    // A caller may write anything into them.
    tags: facts.tags?.map((tag) => redact(tag)),
    attempts: facts.attempts,
    isQuiet,
    traceId: facts.trace?.traceId,
  };
  emit(event);
  facts.trace?.end(event);
};
