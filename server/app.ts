// The table of routes: one row per route, one column per door, read from left to right. Nothing happens to a request
// that is not in its row, but for the doors at the top, which every request passes.
import { Hono } from "hono";
import type { BrokerContext, BrokerEnv } from "./http/context.ts";
import { type AuthenticateServices, who as authenticated } from "./http/middleware/authenticate.ts";
import { type ClientAddressServices, resolveClientAddress } from "./http/middleware/client-address.ts";
import { allowOrigins, forPreflights } from "./http/middleware/cors.ts";
import { limitHeaders } from "./http/middleware/header-limits.ts";
import { refuseTaken, refuseUnknown, refuseUnlessTool } from "./http/middleware/not-found.ts";
import {
  type AttemptServices,
  type LimitServices,
  limit,
  limitAttempts,
  limitConcurrency,
  refuseUsedUp,
  tellLimits,
} from "./http/middleware/rate-limits.ts";
import { refuseHead } from "./http/middleware/refuse-head.ts";
import { onFailure, type RequestLogPorts, record } from "./http/middleware/request-log.ts";
import { type AssetServices, clientModule, page } from "./http/operations/assets.ts";
import { type ChallengeServices, challenge } from "./http/operations/challenge.ts";
import { clientSecret, readSecretRequest } from "./http/operations/client-secrets.ts";
import { type EphemeralKeyServices, ephemeralKey, readKeyRequest } from "./http/operations/ephemeral-key.ts";
import { healthz, type MetricsServices, metrics, readyz } from "./http/operations/health.ts";
import { openApi } from "./http/operations/openapi.ts";
import { explainProblem, listProblems } from "./http/operations/problems.ts";
import { type CallServices, readCallRequest, realtimeCall } from "./http/operations/realtime-calls.ts";
import { readSocketRequest, realtimeSocket, type SocketServices } from "./http/operations/realtime-socket.ts";
import { type RelayServices, readCall, relay, resolveRule } from "./http/operations/relay.ts";
import {
  authorizeTool,
  callTool,
  listTools,
  readArguments,
  type ToolServices,
} from "./http/operations/tools.ts";
import { limitBody } from "./http/request/body.ts";
import { acceptWork, type Lifecycle } from "./http/server/lifecycle.ts";
import type { Concurrency } from "./limits/concurrency.ts";
import type { LimitChecks } from "./limits/limit-checks.ts";
import { addressKey } from "./net/client-address.ts";

export interface Services
  extends AssetServices,
    CallServices,
    ChallengeServices,
    EphemeralKeyServices,
    MetricsServices,
    Omit<AttemptServices, "limitChecks" | "metrics">,
    ClientAddressServices,
    Omit<RequestLogPorts, "metrics">,
    Omit<RelayServices, "metrics">,
    SocketServices,
    ToolServices,
    Pick<AuthenticateServices, "authenticate" | "watchCredential"> {
  allowedOrigins: ReadonlySet<string>;
  limitChecks: LimitChecks;
  /** Requests of one caller that are being answered, and open sockets. */
  inFlight: Concurrency;
  sockets: Concurrency;
  lifecycle: Lifecycle;
  metrics: RelayServices["metrics"] &
    LimitServices["metrics"] &
    MetricsServices["metrics"] &
    RequestLogPorts["metrics"];
}

const GET_POST = ["GET", "POST"];
const ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"];
// A wish is small; tool arguments may be texts.
const KEY_REQUEST_BYTES = 64 * 1024;
const ARGUMENT_BYTES = 2 * 1024 * 1024;

export const createApp = (services: Services): Hono<BrokerEnv> => {
  const app = new Hono<BrokerEnv>();
  const { limitChecks } = services;
  const requests = (c: BrokerContext) => limitChecks.request(addressOf(c));
  const mints = limit(services, (c) => limitChecks.mint(c.get("caller"), c.get("profile").name));
  const relayChecks = (c: BrokerContext) => limitChecks.relay(c.get("caller"), c.get("wanted").rule.name);
  const relays = limit(services, relayChecks);
  const calls = limit(services, (c) => limitChecks.toolCall(c.get("caller"), c.get("tool").name));
  const who = authenticated({
    authenticate: services.authenticate,
    attempts: limitAttempts(services),
    watchCredential: services.watchCredential,
  });
  const work = acceptWork(services.lifecycle);
  const keyRequestBody = limitBody(KEY_REQUEST_BYTES, services.bodyMemory);
  const argumentBody = limitBody(ARGUMENT_BYTES, services.bodyMemory);

  app.onError(onFailure);
  app.notFound(refuseUnknown);
  app.use(record(services));
  app.use(resolveClientAddress(services));
  app.use(forPreflights(limit(services, requests)));
  app.use(allowOrigins(services.allowedOrigins));

  app.get("/healthz", tellLimits(services, requests), limitHeaders, healthz());
  app.get("/readyz", tellLimits(services, requests), limitHeaders, readyz(services));
  app.use(limit(services, requests));
  app.use(limitHeaders);
  app.get("/", work, page(services));
  app.get("/assets/*", work, page(services));
  app.get("/client.js", work, clientModule(services));
  app.get("/challenge.js", work, clientModule(services));
  app.get("/problems", listProblems());
  app.get("/problems/:code", explainProblem());
  app.get("/challenge", work, challenge(services));
  app.get("/metrics", who, metrics(services));
  app.get("/openapi.json", work, who, openApi(services));
  app.get("/tools", work, who, listTools(services));
  // Counting comes last: what cannot be done is refused uncounted.
  const inFlight = limitConcurrency(services, services.inFlight);
  const sockets = limitConcurrency(services, services.sockets);
  const mint = [refuseHead, work, who, inFlight, keyRequestBody, readKeyRequest(services), mints] as const;
  app.on(GET_POST, "/ephemeral-key", ...mint, ephemeralKey(services));
  const secret = [work, who, inFlight, keyRequestBody, readSecretRequest(services), mints] as const;
  app.post("/v1/realtime/client_secrets", ...secret, clientSecret(services));
  const started = [work, who, inFlight, keyRequestBody, readCallRequest(services), mints] as const;
  app.post("/v1/realtime/calls", ...started, realtimeCall(services));
  const opened = [refuseHead, work, who, sockets, readSocketRequest(services), mints] as const;
  app.get("/v1/realtime", ...opened, realtimeSocket(services));
  const resolved = [refuseTaken, refuseHead, work, who, inFlight, resolveRule(services)] as const;
  const relayed = [...resolved, refuseUsedUp(services, relayChecks), readCall(services), relays] as const;
  app.on(ANY, "/v1/*", ...relayed, relay(services));
  const called = [refuseUnlessTool, refuseHead, work, who, inFlight, authorizeTool(services)] as const;
  const call = [...called, argumentBody, readArguments(services), calls] as const;
  // Not `/:toolName`: beside so many addresses of one segment, Hono would have to search its table for every request.
  app.on(GET_POST, "/*", ...call, callTool(services));
  return app;
};

const addressOf = (c: BrokerContext): string => addressKey(c.get("address"));
