// The endpoints under /v1 that are not Realtime: all of them take the standard key only.
import { Hono } from "hono";
import { bearer, type Credentials } from "../keys/credentials.ts";
import { fileRoutes } from "./files.ts";
import { mediaRoutes } from "./media-routes.ts";
import { type TextPorts, textRoutes } from "./text-routes.ts";

export interface InferencePorts extends TextPorts {
  credentials: Credentials;
}

const paths = ["chat", "responses", "embeddings", "moderations", "audio", "images", "files"];

export const inferenceRoutes = (ports: InferencePorts) => {
  const app = new Hono();
  for (const path of paths) {
    app.use(`/${path}/*`, async (c, next) => {
      ports.credentials.standardKey(bearer(c.req.header("authorization")));
      await next();
    });
  }
  return app.route("/", textRoutes(ports)).route("/", mediaRoutes(ports)).route("/", fileRoutes(ports));
};
