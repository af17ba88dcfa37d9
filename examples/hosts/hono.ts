// Hono: `fetch` answers web requests. `c.env` tells it the caller's address; WebSockets take Node's server.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createBroker } from "realtime-key-broker";
import { authenticate } from "./session.ts";

export const start = async (env: NodeJS.ProcessEnv) => {
  const broker = await createBroker({ settings: { base_path: "/voice" } }, { env, authenticate });
  const app = new Hono<{ Bindings: Parameters<typeof broker.fetch>[1] & object }>();
  app.all("/voice/*", (c) => broker.fetch(c.req.raw, c.env));
  const server = serve({ fetch: app.fetch, port: Number(env.PORT), hostname: "127.0.0.1" });
  server.on("upgrade", (req, socket, head) => broker.upgrade(req, socket, head) || socket.destroy());
  return { server, close: broker.close };
};
