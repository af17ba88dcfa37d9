// The rows of the table of routes, without the doors that every request passes.
import { createApp } from "../../server/app.ts";
import { inertServices } from "./services.ts";

const rows = createApp(inertServices)
  .routes.filter(({ method }) => method !== "ALL")
  .map(({ method, path }) => `${method} ${path === "/*" ? "/:toolName" : path}`);

/** `GET /ephemeral-key`, …; tools have the address that no other row has. */
export const routes: readonly string[] = [...new Set(rows)];
