// GET /openapi.json: the service's description with the caller's tools in it.
import type { Handler } from "../context.ts";
import { describeApi } from "../openapi/document.ts";
import type { ToolServices } from "./tools.ts";

/** What `openapi.yaml` says, and a path for each tool that the caller may call. */
export const openApi =
  ({ toolbox }: Pick<ToolServices, "toolbox">): Handler =>
  (c) =>
    c.json(describeApi(toolbox.list(c.get("caller"))), 200, { "cache-control": "no-store" });
