// The table of routes: OpenAI's under /v1, the emulator's own under /emulator.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { observe } from "./admin/observe.ts";
import { type AdminPorts, adminRoutes } from "./admin/routes.ts";
import { organizationRoutes } from "./billing/organization-routes.ts";
import { endCall, startCall } from "./calls/routes.ts";
import { readJson } from "./http/body.ts";
import { betaRefusal, errorBody, OpenAiError } from "./http/openai-error.ts";
import { accept } from "./http/refusal.ts";
import { type InferencePorts, inferenceRoutes } from "./inference/routes.ts";
import { type ClientSecrets, clientSecretRequest } from "./keys/client-secrets.ts";
import { bearer } from "./keys/credentials.ts";
import { type ExchangePorts, exchangeRoutes, identityAdminRoutes } from "./keys/exchange-routes.ts";
import type { ProjectKeys } from "./keys/project-keys.ts";
import { projectRoutes } from "./keys/project-routes.ts";
import { type LiveControlPorts, liveControlRoutes } from "./live/control-routes.ts";
import { createLiveSession, hangUpLiveSession } from "./live/routes.ts";
import { findModel, listModels } from "./session/models.ts";

export interface AppPorts extends AdminPorts, ExchangePorts, InferencePorts, LiveControlPorts {
  secrets: ClientSecrets;
  projectKeys: ProjectKeys;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  broke(reason: unknown): void;
}

export const createApp = (ports: AppPorts) => {
  const { secrets, credentials, randomId, broke } = ports;
  const app = new Hono();

  app.use(cors({ origin: "*", exposeHeaders: ["Location", "x-request-id"], maxAge: 600 }));
  app.use(bodyLimit({ maxSize: LARGEST_BODY, onError: refuseLarge }));
  app.route("/emulator", adminRoutes(ports));
  app.route("/emulator", identityAdminRoutes(ports));
  app.route("/emulator/live", liveControlRoutes(ports));

  app.use("/oauth/*", observe(ports));
  app.route("/oauth", exchangeRoutes(ports));

  app.use("/v1/*", observe(ports));
  app.use("/v1/*", async (c, next) => {
    c.header("x-request-id", randomId("req"));
    if (c.req.header("openai-beta")?.includes("realtime=v1")) throw betaRefusal();
    await next();
  });

  app.post("/v1/realtime/client_secrets", async (c) => {
    credentials.standardKey(bearer(c.req.header("authorization")));
    const request = accept(clientSecretRequest, await readJson(c.req));
    if (request.session?.type === "realtime" && request.session.model) findModel(request.session.model);
    return c.json(secrets.issue(request));
  });
  app.post("/v1/realtime/calls", startCall(ports));
  app.post("/v1/realtime/calls/:id/hangup", endCall(ports));
  app.post("/v1/live/sessions", createLiveSession(ports));
  app.post("/v1/live/sessions/:id/hangup", hangUpLiveSession(ports));
  app.get("/v1/models", (c) => {
    credentials.standardKey(bearer(c.req.header("authorization")));
    return c.json(listModels());
  });
  app.get("/v1/models/:id", (c) => {
    credentials.standardKey(bearer(c.req.header("authorization")));
    return c.json(findModel(c.req.param("id")));
  });
  app.route("/v1", inferenceRoutes(ports));
  app.route("/v1/organization", organizationRoutes(ports));
  app.route("/v1/organization", projectRoutes(ports.projectKeys));
  // The beta's addresses, which old tutorials and Deep Chat up to 2.4 still use.
  app.post("/v1/realtime", () => Promise.reject(betaRefusal()));
  app.post("/v1/realtime/sessions", () => Promise.reject(betaRefusal()));
  app.post("/v1/realtime/transcription_sessions", () => Promise.reject(betaRefusal()));

  app.notFound((c) => {
    const error = new OpenAiError(404, null, `Invalid URL (${c.req.method} ${c.req.path})`);
    return c.body(errorBody(error), 404, json);
  });
  app.onError((error, c) => {
    if (error instanceof OpenAiError)
      return c.body(errorBody(error), error.status as ContentfulStatusCode, json);
    broke(error);
    return c.body(errorBody(new OpenAiError(500, null, "The emulator failed.")), 500, json);
  });
  return app;
};

const json = { "content-type": "application/json" };

// Above OpenAI's own limits for what the emulator takes: 25 MB of audio, 16 images.
const LARGEST_BODY = 128 * 1024 * 1024;

const refuseLarge = (): never => {
  throw new OpenAiError(413, null, `The emulator takes at most ${LARGEST_BODY} bytes.`);
};
