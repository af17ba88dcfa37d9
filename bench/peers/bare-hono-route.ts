// One Hono route that computes what the service's unit converter computes: no authentication, no validation, no log.
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const metres: Record<string, number> = { mile: 1609.344, kilometre: 1000 };

const app = new Hono();
app.get("/convert_units", (c) => {
  const { value = "", from = "", to = "" } = c.req.query();
  const result = Number(((Number(value) * (metres[from] ?? 1)) / (metres[to] ?? 1)).toPrecision(12));
  return c.json({ value: Number(value), from, to, result });
});
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
