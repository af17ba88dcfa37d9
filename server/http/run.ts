// Runs an operation: its steps in order, then its handler; and tells at the end what came of the request.
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, Hono } from "hono";
import { rejectionReason } from "../auth/rejection.ts";
import type { Clock } from "../clock.ts";
import type { Failure } from "../failures/failure.ts";
import type { Subscriber } from "../observe/event.ts";
import { redact } from "../observe/redact.ts";
import { type AnswerKind, reply } from "./answer.ts";
import { RequestFacts } from "./facts.ts";
import { type ClientAddressServices, resolveClientAddress } from "./middleware/client-address.ts";
import { allowOrigins } from "./middleware/cors.ts";
import { noticeMissingSettings } from "./middleware/missing-settings.ts";
import type { Step } from "./operation.ts";
import { secondsSince } from "./report.ts";
import { tellMissingVersion } from "./response/openai-error.ts";
import { asFailure, renderFailure } from "./response/problem.ts";
import { insistOnHttps } from "./response/security-headers.ts";
import type { BrokerResponse } from "./server/broker-response.node.ts";

/** What every request needs, whatever its operation. */
export interface RunServices extends ClientAddressServices {
  clock: Clock;
  emit: Subscriber;
  newRequestId(): string;
  allowedOrigins: ReadonlySet<string>;
  /** Makes an address fit for a log line; undefined where none is wanted. */
  hashAddress(address: string): string | undefined;
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
    try {
      noticeMissingSettings(facts, services);
      await allowOrigins(c, facts, services.allowedOrigins);
      for (const { run } of steps) {
        const added = run(facts as never, services as never);
        Object.assign(facts, added instanceof Promise ? await added : added);
      }
      facts.jobStartedAtMs = services.clock.monotonic();
      answer.write(facts, await handler(facts as never, services as never));
    } catch (error) {
      refuse(facts, services, error);
    } finally {
      facts.end();
    }
    tellEnd(facts, services, isQuiet);
    return RESPONSE_ALREADY_SENT;
  };

/**
 * The router as the server asks it. Operations write their answers themselves: what the router makes of it, for HEAD and for unknown
 * addresses a response of its own, must not be written again.
 */
export const fetchOver =
  (router: Hono<BrokerEnv>) =>
  async (request: Request, env: BrokerEnv["Bindings"]): Promise<Response> => {
    const response = await router.fetch(request, env);
    const { headersSent, destroyed, hasSwitched } = env.outgoing;
    return headersSent || destroyed || hasSwitched ? RESPONSE_ALREADY_SENT : response;
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
  });
};

const refuse = (facts: RequestFacts, { clock, emit }: RunServices, error: unknown): void => {
  const { incoming, outgoing, requestId, caller } = facts;
  const failure = tellMissingVersion(asFailure(error), facts.path);
  facts.isAborted = incoming.socket.destroyed || outgoing.closed;
  // Work that ended because its caller had gone is no failure of ours.
  if (!(facts.isAborted && failure.code === "internal" && isAbort(failure.cause))) {
    facts.refusal = {
      kind: "refused",
      requestId,
      caller,
      subject: facts.done ? undefined : facts.subject,
      seconds: secondsSince(facts.jobStartedAtMs, clock),
      ...reasonsOf(failure),
    };
    emit(facts.refusal);
  }
  if (outgoing.headersSent) outgoing.destroy();
  else reply(facts, renderFailure(failure, facts.path, requestId));
};

const reasonsOf = (failure: Failure) => ({
  code: failure.code,
  status: failure.status,
  limits: failure.violatedPolicies,
  pointers: failure.errors?.map(({ pointer }) => redact(pointer)),
  reason: rejectionReason(failure),
  cause: failure.cause,
});

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

const tellEnd = (facts: RequestFacts, { clock, emit, hashAddress }: RunServices, isQuiet: boolean): void => {
  const { requestId, caller, method, route, path, outgoing, subject, done, refusal, isAborted, cutOff } =
    facts;
  emit({
    kind: "request-ended",
    requestId,
    caller,
    method,
    route,
    path,
    status: isAborted ? 499 : outgoing.statusCode,
    ms: Math.round((clock.monotonic() - facts.startedAtMs) * 1000) / 1000,
    client: hashAddress(facts.address),
    subject,
    done,
    refusal,
    isAborted,
    cutOff,
    isQuiet,
  });
};
