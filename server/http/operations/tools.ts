// GET /tools lists what the caller may call; GET or POST /<toolName> calls it.
import type { Caller } from "../../auth/caller.ts";
import type { RenderedAnswer, ToolInput } from "../../tools/call.ts";
import type { Accepted, Tool } from "../../tools/tool.ts";
import type { Toolbox } from "../../tools/toolbox.ts";
import { type Handler, type Middleware, rawQuery } from "../context.ts";
import { readJsonBody } from "../request/body.ts";
import { callerSignal } from "../request/caller-signal.ts";

export interface ToolServices {
  toolbox: Pick<Toolbox, "find" | "list">;
  /** Throws `arguments-invalid`. */
  checkArguments(tool: Tool, input: ToolInput): Accepted;
  callTool(
    tool: Tool,
    accepted: Accepted,
    caller: Caller,
    callerSignal: () => AbortSignal,
  ): Promise<RenderedAnswer>;
}

/** Lists the caller's tools with their schemas. */
export const listTools =
  ({ toolbox }: Pick<ToolServices, "toolbox">): Handler =>
  (c) =>
    c.json({ tools: toolbox.list(c.get("caller")) }, 200, { "cache-control": "no-store" });

/** Finds the tool that the path names, if the caller may call it. */
export const authorizeTool = ({ toolbox }: Pick<ToolServices, "toolbox">): Middleware =>
  async function authorizeTool(c, next) {
    const name = c.req.path.slice(1);
    c.set("tool", toolbox.find(name, c.get("caller")));
    c.get("event").tool = name;
    await next();
  };

/** Reads the arguments and checks them against the tool's schema, so that a call that cannot run is not counted. */
export const readArguments = (services: Pick<ToolServices, "checkArguments">): Middleware =>
  async function readArguments(c, next) {
    const body = c.req.method === "POST" ? await readJsonBody(c.get("body")) : undefined;
    c.set("accepted", services.checkArguments(c.get("tool"), { query: rawQuery(c), body }));
    await next();
  };

/** Calls it. */
export const callTool =
  (services: Pick<ToolServices, "callTool">): Handler =>
  async (c) => {
    const [tool, accepted, caller] = [c.get("tool"), c.get("accepted"), c.get("caller")];
    const answer = await services.callTool(tool, accepted, caller, () => callerSignal(c.env.outgoing));
    return c.body(answer.body, 200, { "content-type": answer.contentType, "cache-control": "no-store" });
  };
