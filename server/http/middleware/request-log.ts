// The outermost door: gives each request its id, and writes its one wide log line and its metric at the end.
import { routePath } from "hono/route";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Clock } from "../../clock.ts";
import type { Failure } from "../../failures/failure.ts";
import { describeCause } from "../../observe/describe-error.ts";
import type { Log } from "../../observe/log.ts";
import type { Metrics } from "../../observe/metrics.ts";
import { redact, redactPath, redactStack } from "../../observe/redact.ts";
import type { BrokerContext, Middleware } from "../context.ts";
import { asFailure, renderFailure } from "../response/problem.ts";

export interface RequestLogPorts {
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, "refused" | "request">;
  newRequestId(): string;
}

/** Everything behind this door may throw; `onFailure` must be the app's error handler. */
export const record = ({ clock, log, metrics, newRequestId }: RequestLogPorts): Middleware =>
  async function record(c, next) {
    const start = clock.monotonic();
    const requestId = newRequestId();
    c.set("requestId", requestId);
    c.set("event", {});
    c.env.outgoing.fields["x-request-id"] = requestId;
    await next();
    const route = c.get("route") ?? routeOf(c);
    const ms = Math.round((clock.monotonic() - start) * 1000) / 1000;
    // The caller has gone; whatever was rendered reached nobody.
    const status = c.get("event").aborted === true ? 499 : statusOf(c);
    metrics.request(c.req.method, route, status, ms / 1000);
    const { problem } = c.get("event");
    if (typeof problem === "string") metrics.refused(problem);
    const severity = severityOf(route, status);
    const { method } = c.req;
    const path = route === c.req.path ? undefined : redactPath(c.req.path);
    log.write(severity, "request", {
      request_id: requestId,
      method,
      route,
      path,
      status,
      ms,
      ...c.get("event"),
    });
  };

/** Renders whatever was thrown, and leaves its cause in the log line. */
export const onFailure = (error: unknown, c: BrokerContext): Response => {
  const failure = asFailure(error);
  const aborted = c.env.incoming.socket.destroyed || c.env.outgoing.closed;
  if (aborted && failure.code === "internal" && isAbort(failure.cause)) {
    // Work ended because its caller had gone: nothing of ours failed.
    c.get("event").aborted = true;
    return respondWith(c, failure);
  }
  Object.assign(c.get("event"), {
    problem: failure.code,
    ...(failure.violatedPolicies && { limits: failure.violatedPolicies }),
    ...(failure.errors && { errors: failure.errors.map(({ pointer }) => redact(pointer)) }),
    ...(aborted && { aborted }),
    ...(failure.cause !== undefined && { cause: describeCause(failure.cause) }),
  });
  if (failure.code === "internal" && failure.cause instanceof Error) {
    c.get("event").stack = redactStack(failure.cause.stack ?? "");
  }
  return respondWith(c, failure);
};

const respondWith = (c: BrokerContext, failure: Failure): Response => {
  const { status, headers, body } = renderFailure(failure, c.req.path, c.get("requestId"));
  return c.body(body, status as ContentfulStatusCode, headers);
};

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

// What was relayed was written past Hono.
const statusOf = ({ env: { outgoing }, res }: BrokerContext): number =>
  outgoing.headersSent || outgoing.statusCode === 101 ? outgoing.statusCode : res.status;

const quiet = new Set(["/healthz", "/readyz", "/metrics"]);

const severityOf = (route: string, status: number): "error" | "info" | "debug" => {
  if (status >= 500) return "error";
  return quiet.has(route) ? "debug" : "info";
};

// By the time it is asked, the current route is the one that answered.
const routeOf = (c: BrokerContext): string => {
  const path = routePath(c);
  return path === "*" || path === "/*" ? "unmatched" : path;
};
