// The service's features put together from off-the-shelf parts: a mint and a tool call, each with JWT callers, six rate-limit
// windows, checked arguments, one log line and metrics. With the argument "remember", a token is verified once.
import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { prometheus } from "@hono/prometheus";
import { zValidator } from "@hono/zod-validator";
import { type Context, Hono } from "hono";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { pinoLogger } from "hono-pino";
import { rateLimiter } from "hono-rate-limiter";
import OpenAI from "openai";
import { destination, pino } from "pino";
import { z } from "zod";
import { authenticate } from "./off-the-shelf-callers.ts";

const openai = new OpenAI({ apiKey: "sk-bench", baseURL: process.env.OPENAI_BASE_URL });
// Written in blocks, as this service writes its lines.
const log = pino({ base: null }, destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 200 }));
const { printMetrics, registerMetrics } = prometheus({ collectDefaultMetrics: true });

/** A limit a second and one a minute, neither ever reached. The caller is told of their own. */
const limits = (keyGenerator: (c: Context) => string, told = false) =>
  [1000, 60_000].map((windowMs) =>
    rateLimiter({ windowMs, limit: 900_000_000, keyGenerator, standardHeaders: told && "draft-7" }),
  );
const address = (c: Context): string => getConnInfo(c).remote.address ?? "";

const app = new Hono();
app.get("/metrics", printMetrics);
app.use(requestId(), registerMetrics);
app.use(
  pinoLogger({
    pino: log,
    http: {
      onReqBindings: (c) => ({ method: c.req.method, path: c.req.path }),
      onResBindings: (c) => ({ status: c.res.status, caller: c.get("jwtPayload")?.sub }),
    },
  }),
);
app.use(secureHeaders(), ...limits(address), authenticate({ remember: process.argv[2] === "remember" }));
app.use(...limits((c) => c.get("jwtPayload").sub, true), ...limits(() => "everyone"));

app.get("/token", async (c) => {
  c.header("cache-control", "no-store");
  const session = {
    type: "realtime",
    model: "gpt-realtime-2.1",
    audio: { output: { voice: "marin" } },
  } as const;
  return c.json(await openai.realtime.clientSecrets.create({ session }));
});

const metres = { mile: 1609.344, kilometre: 1000 };
const unit = z.enum(["mile", "kilometre"]);
const query = z.object({ value: z.coerce.number(), from: unit, to: unit });
app.get("/convert_units", zValidator("query", query), (c) => {
  const { value, from, to } = c.req.valid("query");
  return c.json({ value, from, to, result: Number(((value * metres[from]) / metres[to]).toPrecision(12)) });
});

serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
