// The table of routes: one row per route, one column per door, read from left to right. Nothing happens to a request
// that is not in its row, but for the doors at the top, which every request passes.
import { Hono } from "hono";
import type { Credentials, Examination } from "./auth/authenticator.ts";
import type { Caller } from "./auth/caller.ts";
import { who as authenticated } from "./http/authenticate.ts";
import { limitBody } from "./http/body.ts";
import type { BrokerEnv } from "./http/context.ts";
import { allowOrigins } from "./http/cors.ts";
import { refuseHead } from "./http/effects.ts";
import { acceptWork, type Lifecycle } from "./http/lifecycle.ts";
import { refuseTaken, refuseUnknown } from "./http/not-found.ts";
import { onFailure, type RecordPorts, record } from "./http/record.ts";
import { type AssetServices, clientModule, page } from "./http/routes/assets.ts";
import { type EphemeralKeyServices, ephemeralKey } from "./http/routes/ephemeral-key.ts";
import { healthz, type MetricsServices, metrics, readyz } from "./http/routes/health.ts";
import { openApi } from "./http/routes/openapi.ts";
import { explainProblem, listProblems } from "./http/routes/problems.ts";
import { callTool, listTools, type ToolServices } from "./http/routes/tools.ts";

export interface Services
  extends AssetServices,
    EphemeralKeyServices,
    MetricsServices,
    Omit<RecordPorts, "metrics">,
    ToolServices {
  authenticate(credentials: Credentials): Caller | Examination;
  allowedOrigins: ReadonlySet<string>;
  lifecycle: Lifecycle;
  metrics: MetricsServices["metrics"] & RecordPorts["metrics"];
}

const GET_POST = ["GET", "POST"];
// A wish is small; tool arguments may be texts.
const WISH_BYTES = 64 * 1024;
const ARGUMENT_BYTES = 2 * 1024 * 1024;

export const createApp = (services: Services): Hono<BrokerEnv> => {
  const app = new Hono<BrokerEnv>();
  const who = authenticated(services.authenticate);
  const work = acceptWork(services.lifecycle);
  const wishBody = limitBody(WISH_BYTES);
  const argumentBody = limitBody(ARGUMENT_BYTES);

  app.onError(onFailure);
  app.notFound(refuseUnknown);
  app.use(record(services));
  app.use(allowOrigins(services.allowedOrigins));

  app.get("/healthz", healthz());
  app.get("/readyz", readyz(services));
  app.get("/", work, page(services));
  app.get("/assets/*", work, page(services));
  app.get("/client.js", work, clientModule(services));
  app.get("/problems", listProblems());
  app.get("/problems/:code", explainProblem());
  app.get("/metrics", who, metrics(services));
  app.get("/openapi.json", work, who, openApi(services));
  app.get("/tools", work, who, listTools(services));
  app.on(GET_POST, "/ephemeral-key", refuseHead, work, who, wishBody, ephemeralKey(services));
  app.on(GET_POST, "/:toolName", refuseTaken, refuseHead, work, who, argumentBody, callTool(services));
  return app;
};
