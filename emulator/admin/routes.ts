// The emulator's own routes: script, faults, requests so far, and those for calls.
import { Hono } from "hono";
import { readJson } from "../http/body.ts";
import { accept } from "../http/refusal.ts";
import { type Script, scriptRequest } from "../script/script.ts";
import { type CallRoutePorts, callRoutes } from "./call-routes.ts";
import { type Faults, faultRequest } from "./faults.ts";
import type { SeenRequests } from "./requests.ts";

export interface AdminPorts extends CallRoutePorts {
  script: Script;
  faults: Faults;
  requests: SeenRequests;
}

/** Everything under `/emulator`. */
export const adminRoutes = (ports: AdminPorts) => {
  const { script, faults, requests } = ports;
  return new Hono()
    .get("/script", (c) => c.json({ turns: script.turns }))
    .put("/script", async (c) => {
      script.replace(accept(scriptRequest, await readJson(c.req)).turns);
      return c.json({ turns: script.turns });
    })
    .delete("/script", (c) => {
      script.replace([]);
      return c.body(null, 204);
    })
    .get("/faults", (c) => c.json({ faults: faults.waiting }))
    .post("/faults", async (c) => {
      const fault = accept(faultRequest, await readJson(c.req));
      faults.add(fault);
      return c.json(fault, 201);
    })
    .delete("/faults", (c) => {
      faults.clear();
      return c.body(null, 204);
    })
    .get("/requests", (c) => c.json({ requests: requests.all }))
    .delete("/requests", (c) => {
      requests.clear();
      return c.body(null, 204);
    })
    .route("/", callRoutes(ports));
};
